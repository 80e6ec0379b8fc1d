import type { Issuer } from './endpoints';
import type { Jwks } from './jwks';
import {
  type Claims,
  type TimeCheck,
  checkIssuer,
  checkTimes,
  decodeJwt,
  verifySignature,
} from './jwt';

/** What a token is checked against. */
export interface Pool {
  readonly issuer: Issuer;
  readonly jwks: Jwks;
  /** The app client's id, first; then those whose tokens may be exchanged too. */
  readonly clientIds: readonly string[];
}

/** How a token came here decides how long a fetch of the keys may be waited for. */
export interface Origin {
  /** `true` for a token that came straight from the token endpoint. */
  readonly fromCognito: boolean;
}

/** A token from the token endpoint waits for the next fetch of keys, however soon; others do not. In milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * What every token of the pool must pass: form, issuer, key, signature, times. The issuer comes
 * first, so that the token of another pool is called that, and costs no fetch of keys.
 *
 * @throws {CognitoError} one of the `token_…` codes, or `cognito_unavailable`.
 */
export async function verifyPoolToken(
  pool: Pick<Pool, 'issuer' | 'jwks'>,
  token: string,
  time: TimeCheck,
  { fromCognito }: Origin,
): Promise<Claims> {
  const decoded = decodeJwt(token);
  checkIssuer(decoded.claims, pool.issuer.accepted);
  const key = await pool.jwks.key(decoded.kid, fromCognito ? PATIENCE_MS : 0);
  const claims = verifySignature(decoded, key);
  checkTimes(claims, time);
  return claims;
}
