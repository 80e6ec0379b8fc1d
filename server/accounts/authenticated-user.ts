import { CognitoError } from '../protocol/errors';
import { runSiteCode } from '../site-errors';
import { type Strapi, type User, usersPermissions } from '../strapi';
import { advancedSettings } from './advanced-settings';
import { checkNotBlocked } from './decision';
import { hasRoles } from './user-schema';

interface UserService {
  fetchAuthenticatedUser(id: number): Promise<User | null>;
  fetch(id: number): Promise<User | null>;
}

/**
 * A user with their role, read as users-permissions reads the user of a Strapi JWT.
 *
 * @param status of the answer if the site hides the user.
 * @throws {CognitoError} `user_blocked` if the site hides the user.
 */
export async function fetchAuthenticatedUser(
  strapi: Strapi,
  id: number,
  status?: number,
): Promise<User> {
  const service = usersPermissions<UserService>(strapi, 'user');
  const user = await runSiteCode(() => service.fetchAuthenticatedUser(id));
  return user ?? refuseHidden(id, status);
}

/** A user as `/api/users/me` reads it. */
export async function fetchUser(strapi: Strapi, id: number): Promise<User> {
  const service = usersPermissions<UserService>(strapi, 'user');
  const user = await runSiteCode(() => service.fetch(id));
  return user ?? refuseHidden(id);
}

function refuseHidden(id: number, status?: number): never {
  const reason = `the site hides user ${id}`;
  throw new CognitoError('user_blocked', reason, {
    userId: id,
    ...(status !== undefined && { status }),
  });
}

/**
 * Refuses a user whose Strapi JWT users-permissions would not accept.
 *
 * @throws {CognitoError} `user_blocked`, `email_not_verified`, `role_missing`.
 */
export async function checkMayLogIn(strapi: Strapi, user: User): Promise<void> {
  checkNotBlocked(user);
  if (!user.confirmed && (await advancedSettings(strapi)).emailConfirmation) {
    throw new CognitoError('email_not_verified', `user ${user.id} is not confirmed`, {
      message: 'Your account email is not confirmed. Please confirm your email address first.',
      userId: user.id,
    });
  }
  if (hasRoles(strapi) && !hasRole(user)) {
    throw new CognitoError('role_missing', `user ${user.id} has no role`, { userId: user.id });
  }
}

/** Whether a user who was read with their role has one. */
export function hasRole({ role }: User): boolean {
  return [role].flat().some((one) => one !== null && one !== undefined);
}
