import { CognitoError } from '../protocol/errors';
import type { Linking } from '../settings/config';
import { PROVIDER, type User } from '../strapi';
import type { VerifiedIdentity } from './verified-identity';

/** The provider of users who log in to users-permissions with a password. */
const LOCAL = 'local';

/** A user who has the person's email, as the database sees it. */
export interface Namesake {
  readonly user: User;
  /** Whether the email is the very same, and no Cognito identity is theirs already. */
  readonly linkable: boolean;
}

/** What decides, besides the person: the plugin's settings and Strapi's advanced ones. */
export interface AccountPolicy {
  readonly requireVerifiedEmail: boolean;
  readonly linking: Linking;
  readonly uniqueEmail: boolean;
  readonly allowRegister: boolean;
  /** Strapi's email confirmation: without it `confirmed` says nothing about an email. */
  readonly emailConfirmation: boolean;
}

/** What becomes of an identity that was never seen: it gets a user who is there, or a new one. */
export type Decision = { readonly linkTo: User } | 'create';

/**
 * Decides which user an unknown identity belongs to. Whoever only claims an email never gets the
 * account that has it.
 *
 * @throws {CognitoError} `email_not_verified`, `email_taken`, `registration_disabled`, `user_blocked`.
 */
export function decide(
  person: Pick<VerifiedIdentity, 'emailVerified'>,
  namesakes: readonly Namesake[],
  policy: AccountPolicy,
): Decision {
  if (!person.emailVerified && policy.requireVerifiedEmail) {
    throw new CognitoError('email_not_verified', 'the email is not verified, and must be');
  }
  const own = namesakes.find(({ user, linkable }) => user.provider === PROVIDER && linkable);
  if (own && person.emailVerified) return linkTo(own.user);

  const others = namesakes.filter(({ user }) => user.provider !== PROVIDER);
  const [other] = others;
  if (other) {
    if (others.length === 1 && mayLink(person, other, policy)) return linkTo(other.user);
    throw takenByOther(other.user, policy.linking);
  }
  const [namesake] = namesakes;
  if (namesake && policy.uniqueEmail) {
    const reason = 'another Cognito account has the email, which must be unique';
    throw new CognitoError('email_taken', reason, { userId: namesake.user.id });
  }
  if (!policy.allowRegister) {
    throw new CognitoError(
      'registration_disabled',
      'allow_register is off in the advanced settings',
    );
  }
  return 'create';
}

/**
 * Linking by email needs proof of the email on both sides, as otherwise anyone could have opened the account
 * in that name. Here only the confirmation mail of users-permissions is proof, and only its own provider
 * sends one: others set `confirmed` without having checked anything.
 */
function mayLink(
  person: Pick<VerifiedIdentity, 'emailVerified'>,
  { user, linkable }: Namesake,
  { linking, emailConfirmation }: AccountPolicy,
): boolean {
  const provenHere = emailConfirmation && user.provider === LOCAL && user.confirmed === true;
  return linking === 'verified-email' && person.emailVerified && provenHere && linkable;
}

function linkTo(user: User): Decision {
  checkNotBlocked(user);
  return { linkTo: user };
}

/** Says how the two accounts can become one, where they can. */
function takenByOther({ id, provider }: User, linking: Linking): CognitoError {
  const reason = `user ${id} of provider "${provider}" has the email, and users.linking is "${linking}"`;
  if (linking === 'never') return new CognitoError('email_taken', reason, { userId: id });
  const advice =
    // A row without a provider has no way to log in, so its owner cannot link it.
    provider
      ? 'Log in to that account, then link Cognito to it.'
      : 'Please ask an administrator to set the provider of that account to "cognito".';
  return new CognitoError('email_taken', reason, {
    userId: id,
    message: `Email is already taken. Another account here already has this email address. ${advice}`,
  });
}

/**
 * Blocked users get nothing, by whatever way they come.
 *
 * @throws {CognitoError} `user_blocked`.
 */
export function checkNotBlocked({ id, blocked }: User): void {
  if (blocked) throw new CognitoError('user_blocked', `user ${id} is blocked`, { userId: id });
}
