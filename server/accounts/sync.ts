import { Lease } from '../leases';
import { runSiteCode } from '../site-errors';
import { PROVIDER, type Strapi, USER, type User } from '../strapi';
import { advancedSettings } from './advanced-settings';
import { type Identity, identitiesOfUser, markVerified } from './identities';
import type { VerifiedIdentity } from './verified-identity';
import { type Profile, hasUniqueValue, withoutTaken } from './profile';
import { requireRole } from './roles';
import { isEmailTaken } from './user-lookup';
import { existingFields, hasRoles } from './user-schema';

/** What Cognito says of a user who is known. */
export interface Update {
  readonly person: VerifiedIdentity;
  readonly profile: Profile;
  /** The role type, if roles follow Cognito; `undefined` leaves the role as it is. */
  readonly roleType: string | undefined;
  readonly identity: Identity;
}

/**
 * Lets a user follow Cognito: writes what has changed, and nothing if nothing has. The email of a
 * user who also logs in by other ways stays theirs.
 *
 * @returns whether anything was written.
 */
export async function syncUser(strapi: Strapi, user: User, update: Update): Promise<boolean> {
  const { person, roleType, identity } = update;
  const changed = changedFields(user, update.profile);
  const confirms = identity.awaitsVerification && person.emailVerified;
  const changes: Record<string, unknown> = {
    ...(roleType !== undefined && (await changedRole(strapi, user, roleType))),
    ...(confirms && user.confirmed !== true && { confirmed: true }),
  };
  const email = await changedEmail(strapi, user, person, identity);
  // Held so that no other login gives the same value to another user meanwhile.
  const names = email === undefined ? [] : [`email ${email}`];
  const needsLease = names.length > 0 || hasUniqueValue(strapi, changed);
  const lease = needsLease ? await Lease.take(strapi, names) : undefined;
  try {
    Object.assign(changes, await withoutTaken(strapi, changed, lease, user.id));
    if (email !== undefined && lease && (await isFree(strapi, user, email))) changes.email = email;
    const data = existingFields(strapi, changes);
    if (Object.keys(data).length > 0) {
      await runSiteCode(() => strapi.db.query(USER).update({ where: { id: user.id }, data }));
    }
    if (confirms) await markVerified(strapi, identity);
    return Object.keys(data).length > 0;
  } finally {
    await lease?.release();
  }
}

/** The new email, if the user follows this identity. Of several, the one linked first counts. */
async function changedEmail(
  strapi: Strapi,
  user: User,
  { email, emailVerified }: VerifiedIdentity,
  { id }: Identity,
): Promise<string | undefined> {
  if (user.provider !== PROVIDER || !emailVerified || user.email === email) return undefined;
  const [first] = await identitiesOfUser(strapi, user.id);
  return first?.id === id ? email : undefined;
}

async function isFree(strapi: Strapi, user: User, email: string): Promise<boolean> {
  const { uniqueEmail } = await advancedSettings(strapi);
  if (!uniqueEmail || !(await isEmailTaken(strapi, email, user.id))) return true;
  strapi.log.warn(
    `[cognito] user ${user.id} keeps its email: another user has the one that Cognito has now`,
  );
  return false;
}

/** The fields whose value differs from the user's. */
function changedFields(user: User, profile: Profile): Profile {
  const changed = Object.entries(profile).filter(([field, value]) => !isSame(user[field], value));
  return Object.fromEntries(changed);
}

/** Databases give a number, a date or a boolean back in a form of their own. */
function isSame(stored: unknown, value: Profile[string]): boolean {
  if (value === null) return stored === null || stored === undefined;
  if (stored instanceof Date) return stored.toISOString() === value;
  if (typeof value === 'number') return stored !== null && Number(stored) === value;
  if (typeof value === 'boolean') return stored === value || stored === Number(value);
  return stored === value || (typeof stored === 'number' && String(stored) === value);
}

async function changedRole(strapi: Strapi, user: User, type: string): Promise<{ role?: number }> {
  if (!hasRoles(strapi)) return {};
  // If it does not exist the login ends: the role the user has could mean more rights.
  const wanted = await requireRole(strapi, type);
  const current = [user.role].flat() as ({ id?: unknown } | null | undefined)[];
  return current.length === 1 && current[0]?.id === wanted ? {} : { role: wanted };
}
