import { CognitoError } from '../protocol/errors';
import { runSiteCode } from '../site-code';
import {
  type Strapi,
  type User,
  usersPermissions,
  usersPermissionsStore,
  userQuery,
} from '../strapi';
import { hasRoles } from './user-schema';

/**
 * A user with their role, read as users-permissions reads the user of a Strapi JWT.
 *
 * @param status the status of the error if the site hides the user.
 * @throws {CognitoError} `user_blocked` if the site hides or blocks the user.
 */
export async function fetchAuthenticatedUser(
  strapi: Strapi,
  id: number,
  status?: number,
): Promise<User> {
  interface UserService {
    fetchAuthenticatedUser(id: number): Promise<User | null>;
  }
  const users = usersPermissions<UserService>(strapi, 'user');
  return requireUser(id, await runSiteCode(() => users.fetchAuthenticatedUser(id)), status);
}

/**
 * A user, read like the built-in provider reads it: with the hooks of the site, and without services that need a user
 * who is logged in.
 *
 * @param isNew whether this login has created the user. Strapi itself reads a new user with `findOne`, and the
 * built-in provider a known one with `findMany`.
 * @throws {CognitoError} `user_blocked` if the site hides or blocks the user.
 */
export async function fetchUser(strapi: Strapi, id: number, isNew: boolean): Promise<User> {
  const users = userQuery(strapi);
  const query = { where: { id } };
  const [found] = (await runSiteCode(async () =>
    isNew ? [await users.findOne(query)] : users.findMany(query),
  )) as (User | null)[];
  return requireUser(id, found);
}

function requireUser(id: number, user: User | null | undefined, status?: number): User {
  if (!user) throw new CognitoError('user_blocked', `the site hides user ${id}`, { status });
  checkNotBlocked(user);
  return user;
}

/** Refuses a blocked user. @throws {CognitoError} `user_blocked`. */
export function checkNotBlocked({ id, blocked }: User): void {
  if (blocked) throw new CognitoError('user_blocked', `user ${id} is blocked`, { userId: id });
}

/**
 * Refuses a user of {@link fetchAuthenticatedUser} whose Strapi JWT users-permissions would not accept.
 *
 * @throws {CognitoError} `email_not_verified`, `role_missing`.
 */
export async function checkMayLogIn(strapi: Strapi, user: User): Promise<void> {
  if (!user.confirmed && (await readAdvancedSettings(strapi)).emailConfirmation) {
    throw new CognitoError('email_not_verified', `user ${user.id} is not confirmed`, {
      message: 'Your account email is not confirmed. Please confirm your email address first.',
    });
  }
  if (hasRoles(strapi) && !hasRole(user)) {
    throw new CognitoError('role_missing', `user ${user.id} has no role`);
  }
}

/** Whether a user who was read with their role has one. */
export const hasRole = ({ role }: User): boolean =>
  [role].flat().some((one) => one !== null && one !== undefined);

/** The advanced settings of users-permissions that a login needs. */
export type AdvancedSettings = Readonly<Awaited<ReturnType<typeof readAdvancedSettings>>>;

/**
 * Reads the advanced settings, as users-permissions does: any value that is truthy is on, and so is a missing
 * `unique_email`.
 */
export async function readAdvancedSettings(strapi: Strapi) {
  const stored: unknown = await usersPermissionsStore(strapi, 'advanced').get({});
  const settings = (stored ?? {}) as Readonly<Record<string, unknown>>;
  return {
    uniqueEmail: settings.unique_email === undefined || Boolean(settings.unique_email),
    allowRegister: Boolean(settings.allow_register),
    /** If it is off, `confirmed` says nothing about an email. */
    emailConfirmation: Boolean(settings.email_confirmation),
    defaultRole: String(settings.default_role),
  };
}
