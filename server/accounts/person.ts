import { CognitoError } from '../protocol/errors';
import type { Claims } from '../protocol/claims';
import { getSubject } from '../protocol/verify-token';

/** A person as Cognito vouches for them. */
export interface Person {
  /** The canonical issuer of the pool. With `subject` it is who they are; nothing else is. */
  readonly issuer: string;
  readonly subject: string;
  /** In lower case, as users-permissions keeps it. */
  readonly email: string;
  readonly emailVerified: boolean;
  /** Every claim, verified. */
  readonly claims: Claims;
  /** Whether the claims are those of an id_token. userInfo has fewer: what it lacks says nothing. */
  readonly complete: boolean;
}

/** The longest address that mail can be sent to. @see https://www.rfc-editor.org/errata/eid1690 */
const MAX_EMAIL_LENGTH = 254;

/**
 * One bare address: no display name, list, group, comment or quoted part, which mail programs read as other
 * addresses than the one that Cognito has verified. The text `=?` begins an encoded word, which some of them
 * decode.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322#section-3.4
 * @see https://www.rfc-editor.org/rfc/rfc2047#section-2
 */
const ONE_ADDRESS = /^[^\s@\p{C}<>()[\]\\,;:"]+@[^\s@\p{C}<>()[\]\\,;:"]+$/u;

/** The ASCII characters of a text. */
const plain = (text: string) => text.replace(/[^ -~]/g, '');

/** The email of the claims, where it is one, in lower case. */
function emailOf(claims: Claims): string | undefined {
  const { email } = claims;
  if (typeof email !== 'string' || email.length > MAX_EMAIL_LENGTH) return undefined;
  if (!ONE_ADDRESS.test(email) || email.includes('=?')) return undefined;
  const lower = email.toLowerCase();
  // The Kelvin sign becomes a "k", and the address that of another person.
  return plain(lower) === plain(email).toLowerCase() ? lower : undefined;
}

/**
 * The person that verified claims are about.
 *
 * @param complete whether the claims are those of an id_token.
 * @throws {CognitoError} `email_missing`, `token_malformed` for a `sub` that is none.
 */
export function personOf(issuer: string, claims: Claims, complete = true): Person {
  const email = emailOf(claims);
  if (email === undefined) {
    throw new CognitoError('email_missing', 'neither the token nor userInfo has a usable email');
  }
  // Cognito writes it as a boolean, or as a string: nothing else means yes.
  const emailVerified = claims.email_verified === true || claims.email_verified === 'true';
  return { issuer, subject: getSubject(claims), email, emailVerified, claims, complete };
}
