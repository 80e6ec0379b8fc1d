import { Lease } from '../leases';
import { runSiteCode } from '../site-code';
import { PROVIDER, type Strapi, type User, userQuery } from '../strapi';
import { type StoredIdentity, findUserIdentities, markVerified } from './identities';
import { type Profile, mapProfile, omitTaken } from './profile';
import { requireRole, resolveRoleType } from './roles';
import { hasRole, readAdvancedSettings } from './user';
import { findUsersByEmail } from './user-lookup';
import { existingFields, hasRoles } from './user-schema';
import type { LoginContext, VerifiedIdentity } from './verified-identity';

/**
 * Updates the fields of a user that have changed in Cognito. The email of a user who also logs in another way does
 * not change.
 *
 * @param user with their role.
 * @param held the lease of the login, if it has one.
 * @returns whether anything was written.
 */
export async function syncUser(
  context: LoginContext,
  user: User,
  stored: StoredIdentity,
  held?: Lease,
): Promise<boolean> {
  const { strapi, identity, settings } = context;
  const profile = await mapProfile(strapi, identity, settings.users);
  const changed = Object.entries(profile).filter(([field, value]) => !isSame(user[field], value));
  const confirms = stored.awaitsVerification && identity.emailVerified;
  const changes: Record<string, unknown> = {
    ...(await changedRole(context, user)),
    ...(confirms && user.confirmed !== true && { confirmed: true }),
  };
  const email = await changedEmail(strapi, user, identity, stored);
  // No other login may give the same value to another user at the same time.
  const lease = held ?? new Lease(strapi);
  try {
    Object.assign(changes, await omitTaken(strapi, Object.fromEntries(changed), lease, user.id));
    if (email !== undefined && (await isEmailFree(strapi, user, email, lease))) {
      changes.email = email;
    }
    const data = existingFields(strapi, changes);
    if (Object.keys(data).length > 0) {
      await runSiteCode(() => userQuery(strapi).update({ where: { id: user.id }, data }));
    }
    if (confirms) await markVerified(strapi, stored);
    return Object.keys(data).length > 0;
  } finally {
    if (!held) await lease.release();
  }
}

/** The new email, if it follows this identity. If the user has several identities, it follows the first one. */
async function changedEmail(
  strapi: Strapi,
  user: User,
  { email, emailVerified }: VerifiedIdentity,
  { id }: StoredIdentity,
): Promise<string | undefined> {
  if (user.provider !== PROVIDER || !emailVerified || user.email === email) return undefined;
  const [first] = await findUserIdentities(strapi, [user.id]);
  return first?.id === id ? email : undefined;
}

async function isEmailFree(
  strapi: Strapi,
  user: User,
  email: string,
  lease: Lease,
): Promise<boolean> {
  if (await lease.add([`email ${email}`])) {
    const { uniqueEmail } = await readAdvancedSettings(strapi);
    const found = await runSiteCode(() => findUsersByEmail(strapi, email));
    // The site saves another form of the email, which the user has already.
    if (found.some(({ user: { id }, byHook }) => byHook && id === user.id)) return false;
    if (!uniqueEmail || found.every(({ user: { id } }) => id === user.id)) return true;
  }
  strapi.log.warn(
    `[cognito] user ${user.id} keeps the old email: another user, or a login in progress, has the new one`,
  );
  return false;
}

/** Databases return numbers, dates and booleans in different forms. */
function isSame(stored: unknown, value: Profile[string]): boolean {
  if (value === null) return stored === null || stored === undefined;
  if (stored instanceof Date) return stored.toISOString() === value;
  if (typeof value === 'number') return stored !== null && Number(stored) === value;
  if (typeof value === 'boolean') return stored === value || stored === Number(value);
  return stored === value || (typeof stored === 'number' && String(stored) === value);
}

async function changedRole(
  { strapi, identity, settings: { users } }: LoginContext,
  user: User,
): Promise<{ role?: number }> {
  if (users.resolveRole === undefined && users.roles.length === 0) return {};
  const mapped = await resolveRoleType(identity.claims, users);
  // An admin may have removed the role on purpose, so the user does not get the default role again.
  const type =
    mapped ?? (hasRole(user) ? (await readAdvancedSettings(strapi)).defaultRole : undefined);
  if (type === undefined || !hasRoles(strapi)) return {};
  // If it does not exist, the login fails, because the current role could mean more rights.
  const role = await requireRole(strapi, type);
  const current = [user.role].flat() as ({ id?: unknown } | null | undefined)[];
  return current.length === 1 && current[0]?.id === role ? {} : { role };
}
