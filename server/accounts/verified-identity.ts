import type { Lease } from '../leases';
import { CognitoError } from '../protocol/errors';
import type { Claims } from '../protocol/claims';
import { sha256Hex } from '../protocol/crypto';
import { getSubject } from '../protocol/verify-token';
import type { Settings } from '../settings/settings';
import type { Strapi } from '../strapi';

/** What identifies a Cognito account. Nothing else does. */
export interface IdentityKey {
  /** The canonical issuer of the user pool. */
  readonly issuer: string;
  readonly subject: string;
}

/** The value in the unique index: equal only if issuer and subject are equal, byte for byte. */
export const identityDigest = ({ issuer, subject }: IdentityKey): string =>
  sha256Hex(JSON.stringify([issuer, subject]));

/** A Cognito account whose claims are verified. */
export interface VerifiedIdentity extends IdentityKey {
  /** In lower case, like users-permissions stores it. */
  readonly email: string;
  readonly emailVerified: boolean;
  readonly claims: Claims;
  /** Whether the claims come from an id_token. userInfo has fewer, so a claim missing there may still be set. */
  readonly complete: boolean;
  /** Fields that code of the site adds to the profile of a new user. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A login in progress. */
export interface LoginContext {
  readonly strapi: Strapi;
  readonly identity: VerifiedIdentity;
  readonly settings: Settings;
  /** The leases of this login. It has some only while it creates, links or changes a user. */
  readonly lease: Lease;
}

/** The longest valid email address. @see https://www.rfc-editor.org/errata/eid1690 */
const MAX_EMAIL_LENGTH = 254;

/**
 * One bare address: no display name, list, group, comment or quoted part, which mail programs may read as
 * another address than the one that Cognito has verified. The text `=?` begins an encoded word, which some of
 * them decode.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5322#section-3.4
 * @see https://www.rfc-editor.org/rfc/rfc2047#section-2
 */
const ONE_ADDRESS = /^[^\s@\p{C}<>()[\]\\,;:"]+@[^\s@\p{C}<>()[\]\\,;:"]+$/u;

const asciiOnly = (text: string) => text.replace(/[^ -~]/g, '');

/** The email in lower case; `undefined` if the claim is not one email address. */
function parseEmail(email: unknown): string | undefined {
  if (typeof email !== 'string' || email.length > MAX_EMAIL_LENGTH) return undefined;
  if (!ONE_ADDRESS.test(email) || email.includes('=?')) return undefined;
  const lower = email.toLowerCase();
  // The Kelvin sign, for example, becomes a "k", and the address that of another user.
  return asciiOnly(lower) === asciiOnly(email).toLowerCase() ? lower : undefined;
}

/** The identity in verified claims. @throws {CognitoError} `email_missing`, `token_malformed` for an invalid `sub`. */
export function toIdentity(issuer: string, claims: Claims, complete = true): VerifiedIdentity {
  const email = parseEmail(claims.email);
  if (email === undefined) {
    throw new CognitoError('email_missing', 'neither the token nor userInfo has a usable email');
  }
  // Cognito sends a boolean or a string.
  const emailVerified = claims.email_verified === true || claims.email_verified === 'true';
  return { issuer, subject: getSubject(claims), email, emailVerified, claims, complete };
}
