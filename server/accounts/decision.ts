import type { AccountSettings } from '../admin-contract';
import { CognitoError, errorTable } from '../protocol/errors';
import { PROVIDER, type User } from '../strapi';
import { type AdvancedSettings, checkNotBlocked } from './user';
import type { VerifiedIdentity } from './verified-identity';

/** A user with the email of the identity, as the database compares it. */
export interface EmailMatch {
  readonly user: User;
  /** Whether the user has exactly the same email, or the site's hooks say so, and no Cognito account. */
  readonly linkable: boolean;
}

/** Settings that decide, of the plugin and of users-permissions. */
export type AccountPolicy = Pick<AccountSettings, 'requireVerifiedEmail' | 'linking'> &
  Omit<AdvancedSettings, 'defaultRole'>;

/** An unknown identity gets an existing user, or a new one. */
export type Decision = { readonly linkTo: User } | 'create';

/**
 * Decides which user an unknown identity gets. An unverified email never gives access to an existing account.
 *
 * @throws {CognitoError} `email_not_verified`, `email_taken`, `registration_disabled`, `user_blocked`.
 */
export function decide(
  { emailVerified }: Pick<VerifiedIdentity, 'emailVerified'>,
  matches: readonly EmailMatch[],
  policy: AccountPolicy,
): Decision {
  if (!emailVerified && policy.requireVerifiedEmail) {
    throw new CognitoError(
      'email_not_verified',
      'the email is not verified, and users.requireVerifiedEmail is on',
    );
  }
  const own = matches.find(({ user, linkable }) => user.provider === PROVIDER && linkable);
  if (own && emailVerified) return linkTo(own.user);

  const others = matches.filter(({ user }) => user.provider !== PROVIDER);
  const [other] = others;
  if (other) {
    if (others.length === 1 && emailVerified && mayLink(other, policy)) return linkTo(other.user);
    throw emailTaken(other.user, policy.linking);
  }
  const [match] = matches;
  if (match && policy.uniqueEmail) {
    const reason = 'another Cognito account has the email, which must be unique';
    throw new CognitoError('email_taken', reason, { userId: match.user.id });
  }
  if (!policy.allowRegister) {
    const reason = 'allow_register is off in the advanced settings';
    throw new CognitoError('registration_disabled', reason);
  }
  return 'create';
}

/**
 * Linking by email needs proof of the email on both sides, because anyone could have registered the account in
 * Strapi. Only the confirmation mail of users-permissions is proof, and only its own provider sends one: other
 * providers set `confirmed` without it.
 */
function mayLink({ user, linkable }: EmailMatch, policy: AccountPolicy): boolean {
  const provenHere =
    policy.emailConfirmation && user.provider === 'local' && user.confirmed === true;
  return policy.linking === 'verified-email' && provenHere && linkable;
}

function linkTo(user: User): Decision {
  checkNotBlocked(user);
  return { linkTo: user };
}

/** The error, with advice on how to link the two accounts, if that is possible. */
function emailTaken({ id, provider }: User, linking: AccountPolicy['linking']): CognitoError {
  const reason = `user ${id} of provider "${provider}" has the email, and users.linking is "${linking}"`;
  if (linking === 'never') return new CognitoError('email_taken', reason, { userId: id });
  // Without a provider, the owner of the account cannot log in to link it.
  const advice = provider
    ? 'Log in to that account, then link Cognito to it.'
    : 'Please ask an administrator to set the provider of that account to "cognito".';
  const message = `${errorTable.email_taken.message} ${advice}`;
  return new CognitoError('email_taken', reason, { userId: id, message });
}
