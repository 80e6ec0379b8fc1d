import { Lease } from '../leases';
import { runSiteCode } from '../site-code';
import { PROVIDER, type Strapi, USER, type User } from '../strapi';
import { type StoredIdentity, findIdentitiesOfUser, markVerified } from './identities';
import { type Profile, omitTaken } from './profile';
import { requireRole } from './roles';
import { readAdvancedSettings } from './user';
import { isEmailTaken } from './user-lookup';
import { existingFields, hasRoles } from './user-schema';
import type { VerifiedIdentity } from './verified-identity';

/** The current values of a known user at Cognito. */
interface Update {
  readonly identity: VerifiedIdentity;
  readonly profile: Profile;
  /** The role type, if roles follow Cognito; `undefined` leaves the role as it is. */
  readonly roleType: string | undefined;
  readonly stored: StoredIdentity;
}

/**
 * Updates the fields of a user that have changed at Cognito. The email of a user who also logs in by other ways does
 * not change.
 *
 * @returns whether anything was written.
 */
export async function syncUser(strapi: Strapi, user: User, update: Update): Promise<boolean> {
  const { identity, roleType, stored } = update;
  const changed = changedFields(user, update.profile);
  const confirms = stored.awaitsVerification && identity.emailVerified;
  const changes: Record<string, unknown> = {
    ...(roleType !== undefined && (await changedRole(strapi, user, roleType))),
    ...(confirms && user.confirmed !== true && { confirmed: true }),
  };
  const email = await changedEmail(strapi, user, identity, stored);
  // So that no other login gives the same value to another user at the same time.
  const lease = new Lease(strapi);
  try {
    Object.assign(changes, await omitTaken(strapi, changed, lease, user.id));
    if (email !== undefined && (await isEmailFree(strapi, user, email, lease))) {
      changes.email = email;
    }
    const data = existingFields(strapi, changes);
    if (Object.keys(data).length > 0) {
      await runSiteCode(() => strapi.db.query(USER).update({ where: { id: user.id }, data }));
    }
    if (confirms) await markVerified(strapi, stored);
    return Object.keys(data).length > 0;
  } finally {
    await lease.release();
  }
}

/** The new email, if it follows this identity. If the user has several, it follows the first one. */
async function changedEmail(
  strapi: Strapi,
  user: User,
  { email, emailVerified }: VerifiedIdentity,
  { id }: StoredIdentity,
): Promise<string | undefined> {
  if (user.provider !== PROVIDER || !emailVerified || user.email === email) return undefined;
  const [first] = await findIdentitiesOfUser(strapi, user.id);
  return first?.id === id ? email : undefined;
}

async function isEmailFree(
  strapi: Strapi,
  user: User,
  email: string,
  lease: Lease,
): Promise<boolean> {
  const { uniqueEmail } = await readAdvancedSettings(strapi);
  const isReserved = await lease.add([`email ${email}`]);
  if (isReserved && !(uniqueEmail && (await isEmailTaken(strapi, email, user.id)))) return true;
  strapi.log.warn(
    `[cognito] user ${user.id} keeps its email: another user, or a login in progress, has the new one`,
  );
  return false;
}

/** The fields whose value differs from the user's. */
function changedFields(user: User, profile: Profile): Profile {
  const changed = Object.entries(profile).filter(([field, value]) => !isSame(user[field], value));
  return Object.fromEntries(changed);
}

/** Databases return numbers, dates and booleans in different forms. */
function isSame(stored: unknown, value: Profile[string]): boolean {
  if (value === null) return stored === null || stored === undefined;
  if (stored instanceof Date) return stored.toISOString() === value;
  if (typeof value === 'number') return stored !== null && Number(stored) === value;
  if (typeof value === 'boolean') return stored === value || stored === Number(value);
  return stored === value || (typeof stored === 'number' && String(stored) === value);
}

async function changedRole(strapi: Strapi, user: User, type: string): Promise<{ role?: number }> {
  if (!hasRoles(strapi)) return {};
  // If it does not exist, the login fails, because the current role could mean more rights.
  const required = await requireRole(strapi, type);
  const current = [user.role].flat() as ({ id?: unknown } | null | undefined)[];
  return current.length === 1 && current[0]?.id === required ? {} : { role: required };
}
