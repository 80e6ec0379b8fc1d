import { NotBeforeError, TokenExpiredError, verify } from 'jsonwebtoken';
import type { Claims } from './claims';
import { sha256, timingSafeEqualStrings } from './crypto';
import type { Issuer } from './endpoints';
import { CognitoError, getTypeName, quote } from './errors';
import { parseJsonObject } from './http';
import type { Jwks } from './jwks';

/** What a token is checked against. */
export interface VerifyOptions {
  readonly issuer: Issuer;
  readonly jwks: Jwks;
  /** The app client's id first, then those of `additionalClientIds`. */
  readonly clientIds: readonly string[];
  /** For `exp`, `nbf` and `iat`, in seconds. */
  readonly clockTolerance: number;
  /** Seconds since the epoch. Default: the present. */
  readonly now?: number;
}

/** The login that an id_token from the token endpoint belongs to. */
export interface ExpectedLogin {
  /** None if an app started the login, because only the app knows the nonce. PKCE then binds the code to the app. */
  readonly nonce?: string;
  /** The access token of the same token response. */
  readonly accessToken: string;
}

/** Larger tokens are refused unread. In characters, which are bytes in a JWT. */
export const MAX_TOKEN_LENGTH = 64 * 1024;
/** The longest `sub` that is stored; Cognito's are 36 characters. */
const MAX_SUBJECT_LENGTH = 255;

const malformed = (reason: string) => new CognitoError('token_malformed', reason);
const invalidSignature = (reason: string) => new CognitoError('token_signature', reason);

/**
 * Validates an id_token. An email is not required, because the caller can get it from userInfo.
 *
 * @param expected the login that the token must belong to. None for a token that a client sends, because only the
 * client knows its nonce.
 * @throws {CognitoError} one of the `token_…` codes, or `cognito_unavailable`.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 */
export async function verifyIdToken(
  token: string,
  options: VerifyOptions,
  expected?: ExpectedLogin,
): Promise<Claims> {
  const claims = await verifyToken(token, options, expected !== undefined);
  checkTokenUse(claims, 'id');
  checkAudience('aud', claims, expected ? options.clientIds.slice(0, 1) : options.clientIds);
  getSubject(claims);
  checkEmail(claims);
  if (expected) {
    if (expected.nonce !== undefined) checkNonce(claims, expected.nonce);
    checkAccessTokenHash(claims, expected.accessToken);
  }
  return claims;
}

/**
 * Validates a Cognito access token.
 *
 * @throws {CognitoError} one of the `token_…` codes, or `cognito_unavailable`.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
export async function verifyAccessToken(token: string, options: VerifyOptions): Promise<Claims> {
  const claims = await verifyToken(token, options, false);
  checkTokenUse(claims, 'access');
  checkAudience('client_id', claims, options.clientIds);
  // Cognito sets it for a token that is meant only for another API.
  if (claims.aud !== undefined) checkAudience('aud', claims, options.clientIds);
  getSubject(claims);
  checkEmail(claims);
  return claims;
}

/**
 * Validates what id_tokens and access tokens have in common. The issuer is checked first, so a token from another
 * pool causes no fetch of keys. jsonwebtoken verifies the signature, `exp` and `nbf`. It accepts a token without
 * `exp`, an `iat` in the future and unknown `crit`, so those are checked here.
 */
async function verifyToken(
  token: string,
  { issuer, jwks, clockTolerance, now = Date.now() / 1000 }: VerifyOptions,
  fromTokenEndpoint: boolean,
): Promise<Claims> {
  const { kid, claims } = decodeJwt(token);
  checkIssuer(claims, issuer.accepted);
  const { exp, iat, nbf } = readTimes(claims);
  const key = await jwks.key(kid, fromTokenEndpoint);
  try {
    verify(token, key, { algorithms: ['RS256'], clockTimestamp: now, clockTolerance });
  } catch (error) {
    if (error instanceof TokenExpiredError) {
      throw new CognitoError('token_expired', `expired ${Math.floor(now - exp)} s ago`);
    }
    if (error instanceof NotBeforeError) throw notYetValid(nbf - now);
    throw invalidSignature('the signature does not match the key');
  }
  if (iat > now + clockTolerance) throw notYetValid(iat - now);
  return claims;
}

const notYetValid = (ahead: number) =>
  new CognitoError('token_not_yet_valid', `valid in ${Math.ceil(ahead)} s by this clock`);

/**
 * Decodes a compact JWS without verifying it. `crit` is refused, because no extension is supported. Keys in the header
 * (`jku`, `x5u`, `jwk`, `x5c`) are ignored.
 *
 * @throws {CognitoError} `token_malformed`; `token_signature` for another algorithm or without `kid`.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-4.1
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-3.1
 */
export function decodeJwt(token: string): { readonly kid: string; readonly claims: Claims } {
  if (token.length > MAX_TOKEN_LENGTH) throw malformed(`longer than ${MAX_TOKEN_LENGTH}`);
  const [head, body, signature, ...more] = token.split('.', 4).map(decodeBase64url);
  if (!head?.length || !body?.length || !signature || more.length > 0) {
    throw malformed('not three base64url parts');
  }
  const header = parseJsonObject(head.toString('utf8'));
  if (!header) throw malformed('the header is not a JSON object');
  const claims = parseJsonObject(body.toString('utf8'));
  if (!claims) throw malformed('the payload is not a JSON object');
  if (Object.hasOwn(header, 'crit')) throw malformed(`unknown crit ${quote(header.crit)}`);
  if (header.alg !== 'RS256') throw invalidSignature(`alg is ${quote(header.alg)}, not RS256`);
  if (typeof header.kid !== 'string' || header.kid === '') {
    throw invalidSignature('the header names no key (kid)');
  }
  return { kid: header.kid, claims };
}

/**
 * Decodes a part. `undefined` if it is not canonical base64url, which Node and jsonwebtoken do not check.
 * @see https://www.rfc-editor.org/rfc/rfc4648#section-3.5
 */
function decodeBase64url(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

/** @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4 */
function readTimes({ exp, iat, nbf = iat }: Claims): { exp: number; iat: number; nbf: number } {
  const toTime = (name: string, value: unknown): number => {
    if (Number.isFinite(value)) return value as number;
    throw malformed(`${name} is ${quote(value)}, not a number`);
  };
  return { exp: toTime('exp', exp), iat: toTime('iat', iat), nbf: toTime('nbf', nbf) };
}

function checkIssuer({ iss }: Claims, accepted: readonly string[]): void {
  if (accepted.some((issuer) => issuer === iss)) return;
  throw new CognitoError('token_issuer', `iss is ${quote(iss)}, not ${accepted.join(' or ')}`);
}

/** `aud` of an id_token, `client_id` of an access token. A list is refused: Cognito never sends one. */
function checkAudience(
  claim: 'aud' | 'client_id',
  claims: Claims,
  clientIds: readonly string[],
): void {
  const value = claims[claim];
  if (clientIds.some((clientId) => clientId === value)) return;
  throw new CognitoError('token_audience', `${claim} is ${quote(value)}`);
}

function checkTokenUse({ token_use }: Claims, use: 'id' | 'access'): void {
  if (token_use === use) return;
  throw new CognitoError('token_use', `token_use is ${quote(token_use)}, not "${use}"`);
}

/** `sub`, which must be a non-empty string. @throws {CognitoError} `token_malformed`. */
export function getSubject({ sub }: Claims): string {
  const usable = typeof sub === 'string' && sub.length <= MAX_SUBJECT_LENGTH;
  // Not every database stores control characters unchanged.
  if (usable && sub !== '' && !/\p{C}/u.test(sub)) return sub;
  throw malformed(`sub is ${quote(sub)}`);
}

/** `email` may be missing: userInfo has it. */
function checkEmail(claims: Claims): void {
  if (!Object.hasOwn(claims, 'email')) return;
  const { email } = claims;
  if (typeof email !== 'string' || email === '') {
    throw malformed(`email is of type ${getTypeName(email)}, or empty`);
  }
}

/** @see https://openid.net/specs/openid-connect-core-1_0.html#NonceNotes */
function checkNonce({ nonce }: Claims, expected: string): void {
  if (typeof nonce === 'string' && timingSafeEqualStrings(nonce, expected)) return;
  throw new CognitoError('token_nonce', 'the nonce is missing or belongs to another login');
}

/** @see https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken */
function checkAccessTokenHash({ at_hash }: Claims, accessToken: string): void {
  if (at_hash === undefined) return;
  const expected = sha256(accessToken).subarray(0, 16).toString('base64url');
  if (typeof at_hash === 'string' && timingSafeEqualStrings(at_hash, expected)) return;
  throw invalidSignature('at_hash does not match the access token of the same response');
}
