import { type KeyObject, verify } from 'node:crypto';
import type { Claims } from './claims';
import { CognitoError, quote } from './errors';
import { parseJsonObject } from './http';

export type { Claims };

/** A token taken apart. Nothing in it is true until the signature is checked. */
export interface UnverifiedJwt {
  readonly kid: string;
  readonly claims: Claims;
  /** What the signature is over: the first two parts as they came. */
  readonly signed: string;
  readonly signature: Buffer;
}

/** Larger tokens are refused unread. In characters, which are bytes in a JWT. */
export const MAX_TOKEN_LENGTH = 64 * 1024;
const malformed = (reason: string) => new CognitoError('token_malformed', reason);

/** Seconds of leeway, and the present time in seconds since the epoch. */
export interface TimeCheck {
  readonly now: number;
  /** For `exp`, `nbf` and `iat`, in seconds. */
  readonly clockTolerance: number;
}

/**
 * Takes a compact JWS apart. RS256 alone goes on; `crit` is refused whatever it lists, as no
 * extension is understood here; keys that the header brings (`jku`, `x5u`, `jwk`, `x5c`) are not
 * looked at.
 *
 * @throws {CognitoError} `token_malformed`; `token_signature` for another algorithm or without `kid`.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-4.1
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-3.1
 */
export function decodeJwt(token: string): UnverifiedJwt {
  if (token.length > MAX_TOKEN_LENGTH) throw malformed(`longer than ${MAX_TOKEN_LENGTH}`);
  const [head, body, signature, ...more] = token.split('.', 4).map(fromBase64url);
  if (!head?.length || !body?.length || !signature || more.length > 0) {
    throw malformed('not three base64url parts');
  }
  const header = parseJsonObject(head.toString('utf8'));
  if (!header) throw malformed('the header is not a JSON object');
  const claims = parseJsonObject(body.toString('utf8'));
  if (!claims) throw malformed('the payload is not a JSON object');
  if (Object.hasOwn(header, 'crit')) throw malformed(`unknown crit ${quote(header.crit)}`);
  if (header.alg !== 'RS256') {
    throw new CognitoError('token_signature', `alg is ${quote(header.alg)}, not RS256`);
  }
  if (typeof header.kid !== 'string' || header.kid === '') {
    throw new CognitoError('token_signature', 'the header names no key (kid)');
  }
  return { kid: header.kid, claims, signed: token.slice(0, token.lastIndexOf('.')), signature };
}

/**
 * The bytes of a part; `undefined` where another text would be theirs. Node reads past what is no
 * base64url, and past bits that are left over, so that one token could be written in many ways.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4648#section-3.5
 */
function fromBase64url(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

/**
 * Checks the signature, as RS256 whatever the header says, and returns the claims as signed.
 *
 * @param key an RSA key.
 * @throws {CognitoError} `token_signature`.
 * @see https://www.rfc-editor.org/rfc/rfc7518#section-3.3
 */
export function verifySignature(
  { claims, signed, signature }: UnverifiedJwt,
  key: KeyObject,
): Claims {
  if (verify('RSA-SHA256', Buffer.from(signed), key, signature)) return claims;
  throw new CognitoError('token_signature', 'the signature is not that of the key');
}

/**
 * `exp` must be ahead; `iat`, and `nbf` where there is one, must not be.
 *
 * @throws {CognitoError} `token_malformed`, `token_expired`, `token_not_yet_valid`.
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4
 */
export function checkTimes(claims: Claims, { now, clockTolerance }: TimeCheck): void {
  const { exp, iat, nbf } = claims;
  if (!isTime(exp)) throw malformed(`exp is ${quote(exp)}, not a number`);
  if (!isTime(iat)) throw malformed(`iat is ${quote(iat)}, not a number`);
  if (nbf !== undefined && !isTime(nbf)) throw malformed(`nbf is ${quote(nbf)}, not a number`);
  if (now >= exp + clockTolerance) {
    throw new CognitoError('token_expired', `expired ${Math.floor(now - exp)} s ago`);
  }
  const ahead = Math.max(iat, nbf ?? iat) - now;
  if (ahead > clockTolerance) {
    throw new CognitoError(
      'token_not_yet_valid',
      `issued ${Math.ceil(ahead)} s ahead of this clock`,
    );
  }
}

const isTime = (value: unknown): value is number => Number.isFinite(value);

/**
 * `iss` must be one of the pool's.
 *
 * @throws {CognitoError} `token_issuer`.
 */
export function checkIssuer(claims: Claims, accepted: readonly string[]): void {
  if (accepted.some((iss) => iss === claims.iss)) return;
  throw new CognitoError(
    'token_issuer',
    `iss is ${quote(claims.iss)}, not ${accepted.join(' or ')}`,
  );
}

/**
 * One claim must be the client id, or an additional one: `aud` of an id_token, `client_id` of an
 * access token. A list is refused: Cognito never sends one.
 *
 * @throws {CognitoError} `token_audience`.
 */
export function checkClient(
  claim: 'aud' | 'client_id',
  claims: Claims,
  clientIds: readonly string[],
) {
  const value = claims[claim];
  if (clientIds.some((clientId) => clientId === value)) return;
  throw new CognitoError('token_audience', `${claim} is ${quote(value)}`);
}

/**
 * `token_use` tells an id_token from an access token.
 *
 * @throws {CognitoError} `token_use`.
 */
export function checkUse(claims: Claims, use: 'id' | 'access'): void {
  if (claims.token_use === use) return;
  throw new CognitoError('token_use', `token_use is ${quote(claims.token_use)}, not "${use}"`);
}

/** The longest `sub` that is kept; Cognito's are 36 characters. */
const MAX_SUBJECT_LENGTH = 255;

/**
 * `sub`, which must be a non-empty string.
 *
 * @throws {CognitoError} `token_malformed`.
 */
export function subjectOf(claims: Claims): string {
  const { sub } = claims;
  const usable = typeof sub === 'string' && sub.length <= MAX_SUBJECT_LENGTH;
  // Not every database keeps control characters as they are.
  if (usable && sub !== '' && !/\p{C}/u.test(sub)) return sub;
  throw malformed(`sub is ${quote(sub)}`);
}

/**
 * `email`, where it is present, must be a non-empty string. A token without one is as good: userInfo has it.
 *
 * @throws {CognitoError} `token_malformed`.
 */
export function checkEmail(claims: Claims): void {
  if (!Object.hasOwn(claims, 'email')) return;
  const { email } = claims;
  if (typeof email !== 'string' || email === '') {
    throw malformed(`email is of type ${email === null ? 'null' : typeof email}, or empty`);
  }
}
