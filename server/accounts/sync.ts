import { runSiteCode } from '../site-code';
import { PROVIDER, type User, userQuery } from '../strapi';
import { type StoredIdentity, findUserIdentities, markVerified } from './identities';
import { type Profile, mapProfile, omitTaken } from './profile';
import { requireRole, resolveRoleType } from './roles';
import { hasRole, readAdvancedSettings } from './user';
import { findUsersByEmail } from './user-lookup';
import { existingFields, hasRoles } from './user-schema';
import type { LoginContext } from './verified-identity';

/**
 * Updates the fields of a user that have changed in Cognito. The email of a user who also logs in another way does
 * not change.
 *
 * @param user with their role.
 * @returns whether anything was written.
 */
export async function syncUser(
  context: LoginContext,
  user: User,
  stored: StoredIdentity,
): Promise<boolean> {
  const { strapi, identity, settings } = context;
  const profile = await mapProfile(strapi, identity, settings.users);
  const changed = Object.entries(profile).filter(([field, value]) => !isSame(user[field], value));
  const confirms = stored.awaitsVerification && identity.emailVerified;
  const data = existingFields<unknown>(strapi, {
    ...(await changedRole(context, user)),
    ...(confirms && user.confirmed !== true && { confirmed: true }),
    // Reserved, so that no other login gives the same value to another user at the same time.
    ...(await omitTaken(context, Object.fromEntries(changed), user.id)),
    ...((await getsEmail(context, user, stored)) && { email: identity.email }),
  });
  const isChanged = Object.keys(data).length > 0;
  if (isChanged) {
    await runSiteCode(() => userQuery(strapi).update({ where: { id: user.id }, data }));
  }
  if (confirms) await markVerified(strapi, stored);
  return isChanged;
}

/** Whether the user gets the email of this identity. If the user has several identities, it follows the first one. */
async function getsEmail(context: LoginContext, user: User, stored: StoredIdentity) {
  const { strapi, identity, lease } = context;
  const { email, emailVerified } = identity;
  if (user.provider !== PROVIDER || !emailVerified || user.email === email) return false;
  const [first] = await findUserIdentities(strapi, [user.id]);
  if (first?.id !== stored.id) return false;
  if (await lease.add([`email ${email}`])) {
    const { uniqueEmail } = await readAdvancedSettings(strapi);
    const found = await runSiteCode(() => findUsersByEmail(strapi, email));
    const own = found.find(({ user: { id } }) => id === user.id);
    // The row has the email already, or another form of it. The site changes what is read.
    if (own && (own.stored ?? email) === email) return false;
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

async function changedRole(context: LoginContext, user: User): Promise<{ role?: number }> {
  const { strapi, identity, settings } = context;
  const { users } = settings;
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
