import { type Claims, type Pool, type SignRequest, decodeJwt } from './pool';
import type { Site } from './site';

/** Creates a token, usually an invalid one, from the claims of a valid one. */
export type TokenVariant = (claims: Claims, pool: Pool) => string;

/** No change: the control for all other variants. */
export const validToken: TokenVariant = (claims, pool) => pool.sign({ claims });

/** Changed claims with a valid signature. */
export const withClaims =
  (change: Claims | ((claims: Claims) => Claims)): TokenVariant =>
  (claims, pool) =>
    pool.sign({
      claims: { ...claims, ...(typeof change === 'function' ? change(claims) : change) },
    });

/** The valid claims, signed in another way. */
export const signedWith =
  (how: Omit<SignRequest, 'claims'>): TokenVariant =>
  (claims, pool) =>
    pool.sign({ claims, ...how });

/** A signed token with one of its three parts replaced. */
export const withPart =
  (index: number, edit: (text: string) => string): TokenVariant =>
  (claims, pool) =>
    pool
      .sign({ claims })
      .split('.')
      .map((text, at) => (at === index ? edit(text) : text))
      .join('.');

/** Logs in by browser while the token endpoint returns a variant of the valid id_token. */
export async function loginWith(
  site: Site,
  variant: TokenVariant,
  name = 'ann',
): Promise<URLSearchParams> {
  site.pool.changeTokenResponse((body) => ({
    ...body,
    id_token: variant(decodeJwt(String(body.id_token)), site.pool),
  }));
  return site.login(name);
}
