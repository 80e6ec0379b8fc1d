import { createHash } from 'node:crypto';
import { CognitoError, quote } from './errors';
import { type Claims, type TimeCheck, checkClient, checkEmail, checkUse, subjectOf } from './jwt';
import { type Pool, verifyPoolToken } from './pool';
import { timingSafeEqualStrings } from './timing-safe-equal';

/** What is known of the login that an id_token is said to belong to. */
export interface LoginContext {
  /**
   * The nonce sent to `/oauth2/authorize`; `null` where an app ran the authorization itself and
   * keeps its nonce: PKCE alone then binds the code to it.
   */
  readonly nonce: string | null;
  /** The access token that came beside the id_token. */
  readonly accessToken: string;
}

/** @see https://openid.net/specs/openid-connect-core-1_0.html#NonceNotes */
function checkNonce({ nonce }: Claims, sent: string): void {
  if (typeof nonce === 'string' && timingSafeEqualStrings(nonce, sent)) return;
  throw new CognitoError('token_nonce', `nonce is ${quote(typeof nonce)} or another one`);
}

/** @see https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken */
function checkAccessTokenHash(claims: Claims, accessToken: string): void {
  if (claims.at_hash === undefined) return;
  const half = createHash('sha256').update(accessToken).digest().subarray(0, 16);
  if (
    typeof claims.at_hash === 'string' &&
    timingSafeEqualStrings(claims.at_hash, half.toString('base64url'))
  ) {
    return;
  }
  throw new CognitoError('token_signature', 'at_hash does not fit the access token beside it');
}

/**
 * Everything that makes an id_token valid. One without an email is: the caller may ask userInfo for it.
 *
 * @param login the login it must belong to, or `null` for a token that a client brings: a nonce in
 * it is then nobody's to check.
 * @returns its claims, `sub` among them.
 * @throws {CognitoError} one of the `token_…` codes, or `cognito_unavailable`.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 */
export async function verifyIdToken(
  pool: Pool,
  token: string,
  time: TimeCheck,
  login: LoginContext | null,
): Promise<Claims> {
  const claims = await verifyPoolToken(pool, token, time, { fromCognito: login !== null });
  checkUse(claims, 'id');
  checkClient('aud', claims, login ? pool.clientIds.slice(0, 1) : pool.clientIds);
  subjectOf(claims);
  checkEmail(claims);
  if (login) {
    if (login.nonce !== null) checkNonce(claims, login.nonce);
    checkAccessTokenHash(claims, login.accessToken);
  }
  return claims;
}
