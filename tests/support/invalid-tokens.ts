import { type Claims, type Pool, type SignRequest, decodeJwt } from './pool';
import type { Site } from './site';

/** Makes a bad token of the claims of a good one. */
export type TokenVariant = (claims: Claims, pool: Pool) => string;

/** No change: the control of every other one. */
export const validToken: TokenVariant = (claims, pool) => pool.sign({ claims });

/** Claims changed, and signed as they should be. */
export const withClaims =
  (change: Claims | ((claims: Claims) => Claims)): TokenVariant =>
  (claims, pool) =>
    pool.sign({
      claims: { ...claims, ...(typeof change === 'function' ? change(claims) : change) },
    });

/** The right claims, signed in another way. */
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

/** Puts what is made of the good id_token in its place, and logs in by browser. */
export async function loginWith(
  site: Site,
  spoil: TokenVariant,
  person = 'ann',
): Promise<URLSearchParams> {
  site.pool.changeTokenResponse((body) => ({
    ...body,
    id_token: spoil(decodeJwt(String(body.id_token)), site.pool),
  }));
  return site.login(person);
}
