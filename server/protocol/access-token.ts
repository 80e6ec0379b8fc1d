import { type Claims, type TimeCheck, checkClient, checkEmail, checkUse, subjectOf } from './jwt';
import { type Pool, verifyPoolToken } from './pool';

/**
 * Everything that makes a Cognito access token valid: RS256 by a key of the pool, issuer,
 * `token_use`, `client_id` (in place of `aud`), times, `sub`.
 *
 * @throws {CognitoError} one of the `token_…` codes, or `cognito_unavailable`.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
export async function verifyAccessToken(
  pool: Pool,
  token: string,
  time: TimeCheck,
): Promise<Claims> {
  const claims = await verifyPoolToken(pool, token, time, { fromCognito: false });
  checkUse(claims, 'access');
  checkClient('client_id', claims, pool.clientIds);
  // Cognito sets it for a token that is meant for another API alone.
  if (claims.aud !== undefined) checkClient('aud', claims, pool.clientIds);
  subjectOf(claims);
  checkEmail(claims);
  return claims;
}
