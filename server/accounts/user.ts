import { CognitoError } from '../protocol/errors';
import { runSiteCode } from '../site-code';
import { type Strapi, USER, type User, usersPermissions, usersPermissionsStore } from '../strapi';
import { checkNotBlocked } from './decision';
import { hasRoles } from './user-schema';

interface UserService {
  fetchAuthenticatedUser(id: number): Promise<User | null>;
}

/**
 * A user with their role, read as users-permissions reads the user of a Strapi JWT.
 *
 * @param status of the error if the site hides the user.
 * @throws {CognitoError} `user_blocked` if the site hides the user.
 */
export const fetchAuthenticatedUser = (strapi: Strapi, id: number, status?: number) =>
  readUser(strapi, id, (users) => users.fetchAuthenticatedUser(id), status);

/** A user as the built-in provider reads it: with the hooks of the site, and without what needs a user who is logged in. */
export const fetchUser = (strapi: Strapi, id: number) =>
  readUser(strapi, id, () => strapi.db.query(USER).findOne({ where: { id } }));

async function readUser(
  strapi: Strapi,
  userId: number,
  read: (users: UserService) => Promise<User | null>,
  status?: number,
): Promise<User> {
  const service = usersPermissions<UserService>(strapi, 'user');
  const user = await runSiteCode(() => read(service));
  if (user) return user;
  const options = { userId, ...(status !== undefined && { status }) };
  throw new CognitoError('user_blocked', `the site hides user ${userId}`, options);
}

/**
 * Refuses a user whose Strapi JWT users-permissions would not accept.
 *
 * @throws {CognitoError} `user_blocked`, `email_not_verified`, `role_missing`.
 */
export async function checkMayLogIn(strapi: Strapi, user: User): Promise<void> {
  checkNotBlocked(user);
  if (!user.confirmed && (await readAdvancedSettings(strapi)).emailConfirmation) {
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

/** The advanced settings of users-permissions that concern accounts. */
export interface AdvancedSettings {
  readonly uniqueEmail: boolean;
  readonly allowRegister: boolean;
  /** Without it, `confirmed` says nothing about an email. */
  readonly emailConfirmation: boolean;
  readonly defaultRole: string;
}

/** Reads the advanced settings. For a missing one, the stricter value applies. */
export async function readAdvancedSettings(strapi: Strapi): Promise<AdvancedSettings> {
  const stored = ((await usersPermissionsStore(strapi, 'advanced').get({})) ?? {}) as Record<
    string,
    unknown
  >;
  return {
    uniqueEmail: stored.unique_email !== false,
    allowRegister: stored.allow_register === true,
    emailConfirmation: stored.email_confirmation === true,
    defaultRole: String(stored.default_role),
  };
}
