import { isDeepStrictEqual } from 'node:util';
import { CognitoError } from '../protocol/errors';
import type { NewUser } from '../settings/config';
import { callConfigFunction, invalidResult, runSiteCode } from '../site-code';
import { PROVIDER, type Strapi, type User, userQuery } from '../strapi';
import {
  type StoredIdentity,
  claimIdentity,
  findIdentity,
  releaseIdentity,
  reserveIdentity,
  findUserIdentities,
} from './identities';
import { type Profile, mapProfile, omitTaken, pickValidFields } from './profile';
import { requireRole, resolveRoleType } from './roles';
import { checkNotBlocked, hasRole } from './user';
import { findUsersByEmail } from './user-lookup';
import { existingFields, hasRoles, hasTextField, userFields } from './user-schema';
import { cleanUsername, findFreeUsername, preferredUsername } from './username';
import type { LoginContext } from './verified-identity';

/** A user whom a login has created. */
export interface CreatedUser {
  /** What Strapi has returned, with what hooks of the site have changed in `event.result`. */
  readonly result: User;
  /** The fields that were saved, with what hooks of the site have changed in `event.params`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * Creates a user, as users-permissions does, and links the identity.
 *
 * @param stored the row of the identity, if an earlier login left one.
 * @returns the id of the identity's user, and the new user unless another login was faster.
 * @throws {CognitoError} `not_configured` if the role does not exist or a function of the config fails,
 * `registration_refused` if a hook of the site throws.
 */
export async function createUser(
  context: LoginContext,
  stored: StoredIdentity | undefined,
  defaultRole: string,
): Promise<{ userId: number; created?: CreatedUser }> {
  const { strapi, identity, settings, lease } = context;
  const profile = await mapProfile(strapi, identity, settings.users);
  const roleType = (await resolveRoleType(identity.claims, settings.users)) ?? defaultRole;
  let query: { data: Readonly<Record<string, unknown>> };
  let user: User;
  try {
    const data = await toUserData(context, profile, roleType);
    if (!lease.isValid) {
      throw new CognitoError('login_in_progress', 'this process was suspended for too long');
    }
    await reserveIdentity(strapi, identity, data.username, stored);
    // `blocked: false` is only for `beforeCreate`. A site may block new users, for example with the default of this field.
    const blocked = identity.fields?.blocked;
    query = { data: existingFields(strapi, { ...identity.fields, ...data, blocked }) };
    user = (await runSiteCode(() => userQuery(strapi).create(query))) as User;
  } catch (error) {
    await cleanUp(context, error);
    throw error;
  }
  const userId = await claimIdentity(strapi, identity, user.id);
  if (userId === user.id) return { userId, created: { result: user, data: query.data } };
  await deleteUser(strapi, user);
  return { userId };
}

/**
 * The new user, as the built-in provider returns it: with what hooks of the site have changed in `event.result`, and with
 * what they have saved since.
 *
 * @throws {CognitoError} `user_blocked` if they block the user.
 */
export function withHookResult(strapi: Strapi, { result, data }: CreatedUser, row: User): User {
  const fields = userFields(strapi);
  const plain = (value: unknown) => (value instanceof Date ? value.toISOString() : value);
  const user: Record<string, unknown> = { ...result };
  for (const [field, value] of Object.entries(row)) {
    const saved = Object.hasOwn(data, field) ? data[field] : (fields[field]?.default ?? null);
    const isUnchanged = Object.hasOwn(result, field)
      ? isDeepStrictEqual(plain(result[field]), plain(saved))
      : !Object.hasOwn(fields, field);
    if (isUnchanged) user[field] = value;
  }
  checkNotBlocked(user as User);
  return user as User;
}

/** The fields of a new user. Values that another user has in a unique field are left out. */
async function toUserData(context: LoginContext, profile: Profile, roleType: string) {
  const { strapi, identity, settings } = context;
  const { beforeCreate, username: order } = settings.users;
  const preferred =
    cleanUsername(identity.fields?.username) ?? preferredUsername(identity.claims, order);
  const user: NewUser = {
    ...withoutNull(await omitTaken(context, profile)),
    username: await findFreeUsername(preferred, (candidate) => isUsernameTaken(context, candidate)),
    email: identity.email,
    provider: PROVIDER,
    confirmed: identity.emailVerified,
    blocked: false,
    // 0 if users have no roles.
    role: hasRoles(strapi) ? await requireRole(strapi, roleType) : 0,
  };
  if (!beforeCreate) return user;
  const name = 'users.beforeCreate';
  const extra: unknown = await callConfigFunction(name, identity.claims, (claims) =>
    beforeCreate({ ...user }, claims),
  );
  if (extra !== undefined && (typeof extra !== 'object' || Array.isArray(extra))) {
    throw invalidResult(name, 'an object of fields, or nothing');
  }
  const values = Object.entries(extra ?? {}).map(
    ([field, value]: [string, unknown]) => [field, value, name] as const,
  );
  const valid = pickValidFields(strapi, values);
  return { ...user, ...withoutNull(await omitTaken(context, valid)) };
}

/** A new user has the defaults already, so nothing needs to be cleared. */
const withoutNull = (profile: Profile) =>
  Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== null)) as Record<
    string,
    string | number | boolean
  >;

async function isUsernameTaken(context: LoginContext, candidate: string): Promise<boolean> {
  const { strapi, identity, lease } = context;
  if (!hasTextField(strapi, 'username')) return false;
  const lower = candidate.toLowerCase();
  if (!(await lease.add([`username ${lower}`]))) return true;
  // Strapi 5 searches for it with the same call.
  const where = { username: candidate };
  if (await runSiteCode(() => userQuery(strapi).findOne({ where }))) return true;
  // A username must not look like the email of another user.
  if (!lower.includes('@') || (identity.emailVerified && lower === identity.email)) return false;
  return (await runSiteCode(() => findUsersByEmail(strapi, lower))).length > 0;
}

/**
 * The user whom an earlier login of this identity created before it failed or was cut off. Strapi saves a user before
 * their role. A user without a role is deleted, and created again.
 */
export async function findUnfinishedUser(
  context: LoginContext,
  stored: StoredIdentity | undefined,
): Promise<User | undefined> {
  const user = await findPendingUser(context, stored);
  if (!user || !isHalfSaved(context.strapi, user)) return user;
  await deleteUser(context.strapi, user);
  return undefined;
}

/**
 * After a failure, links the identity to the user if Strapi has saved them anyway. If the database failed, the user
 * must have a role. If a hook of the site failed, the user need not.
 */
async function cleanUp(context: LoginContext, reason: unknown): Promise<void> {
  const { strapi, identity, lease } = context;
  // The user may belong to another login, which holds the lease now.
  if (!lease.isValid) return;
  try {
    const user = await findPendingUser(context, await findIdentity(strapi, identity));
    if (user && (reason instanceof CognitoError || !isHalfSaved(strapi, user))) {
      await claimIdentity(strapi, identity, user.id);
      return;
    }
    if (user) await deleteUser(strapi, user);
    await releaseIdentity(strapi, identity);
  } catch (error) {
    // The next login tries again. The first error is the one to report.
    strapi.log.warn(`[cognito] could not clean up after a failed login: ${String(error)}`);
  }
}

async function findPendingUser(
  { strapi, identity: { email } }: LoginContext,
  stored: StoredIdentity | undefined,
): Promise<User | undefined> {
  const username = stored?.pendingUsername;
  if (!username || !hasTextField(strapi, 'username')) return undefined;
  const query = {
    where: { username, provider: PROVIDER },
    ...(hasRoles(strapi) && { populate: ['role'] }),
  };
  const user = (await runSiteCode(() => userQuery(strapi).findOne(query))) as User | null;
  if (!user || (user.email ?? email).toLowerCase() !== email) return undefined;
  return (await findUserIdentities(strapi, [user.id])).length === 0 ? user : undefined;
}

const isHalfSaved = (strapi: Strapi, user: User): boolean => hasRoles(strapi) && !hasRole(user);

async function deleteUser(strapi: Strapi, { id }: User): Promise<void> {
  await runSiteCode(() => userQuery(strapi).delete({ where: { id } }));
}
