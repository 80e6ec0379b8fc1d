import { withLease } from '../leases';
import { CognitoError } from '../protocol/errors';
import { settingsService } from '../settings/service';
import { PROVIDER, type Strapi, type User } from '../strapi';
import { claimIdentity, findIdentity, findUserIdentities, unlinkAll } from './identities';
import { checkRequiredGroups } from './roles';
import { identityLeaseName, linksLeaseName } from './sign-in';
import type { VerifiedIdentity } from './verified-identity';

/**
 * Links an identity to a user who is logged in.
 *
 * @returns whether it is a new link.
 * @throws {CognitoError} `identity_taken` if it belongs to another user, or the user has another one;
 * `email_not_verified`, `group_required`, `login_in_progress`.
 */
export async function link(
  strapi: Strapi,
  identity: VerifiedIdentity,
  user: User,
): Promise<boolean> {
  const { users } = await settingsService(strapi).current();
  checkRequiredGroups(identity.claims, users.requiredGroups);
  if (users.requireVerifiedEmail && !identity.emailVerified) {
    throw new CognitoError('email_not_verified', 'linking needs a verified email');
  }
  const names = [identityLeaseName(identity), linksLeaseName(user.id)];
  return withLease(strapi, names, async () => {
    const ownerId = (await findIdentity(strapi, identity))?.userId;
    if (ownerId === user.id) return false;
    if (!ownerId && (await findUserIdentities(strapi, [user.id])).length > 0) {
      throw new CognitoError('identity_taken', `user ${user.id} has another identity`, {
        message: 'Your account already has another Cognito account. Unlink that one first.',
        userId: user.id,
      });
    }
    const winnerId = ownerId ?? (await claimIdentity(strapi, identity, user.id));
    if (winnerId === user.id) return true;
    const reason = `the Cognito account is linked to user ${winnerId}`;
    throw new CognitoError('identity_taken', reason, { userId: winnerId });
  });
}

/**
 * Unlinks the Cognito account of a user, if there is one, and returns whether there was.
 * @throws {CognitoError} `invalid_request` if the user could not log in without it.
 */
export async function unlink(strapi: Strapi, user: User): Promise<boolean> {
  // users-permissions lets only users of provider local log in with a password.
  const { id, provider = 'local', password } = user;
  const isLocal = provider === 'local';
  if (!provider || provider === PROVIDER || (isLocal && !password)) {
    const advice = isLocal ? ' Set a password before unlinking.' : '';
    throw new CognitoError('invalid_request', `user ${id} has no other way to log in`, {
      message: `This account has no other way to log in.${advice}`,
    });
  }
  return unlinkAll(strapi, id);
}
