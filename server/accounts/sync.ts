import { CognitoError } from '../protocol/errors';
import { PROVIDER, ROLE, type Strapi, USER, type User } from '../strapi';
import { advancedSettings } from './advanced-settings';
import { withLocks } from './locks';
import type { Person } from './person';
import { type Profile, withoutTaken } from './profile';
import { requireRole } from './roles';

/** What Cognito says of a user who is known. */
export interface Update {
  readonly person: Person;
  readonly profile: Profile;
  /** The role type, where roles follow Cognito; `undefined` where they do not. */
  readonly roleType: string | undefined;
}

/**
 * Lets a user follow Cognito: writes what has changed, and nothing where nothing has. The email of a
 * user who logs in by other ways too stays theirs.
 */
export async function syncUser(strapi: Strapi, user: User, update: Update): Promise<User> {
  const { person } = update;
  const changes: Record<string, unknown> = await changedFields(strapi, user, update.profile);
  if (update.roleType !== undefined) {
    Object.assign(changes, await changedRole(strapi, user, update.roleType));
  }
  const own = user.provider === PROVIDER && person.emailVerified;
  if (own && user.confirmed !== true) changes.confirmed = true;
  const write = async (data: Record<string, unknown>): Promise<User> => {
    if (Object.keys(data).length === 0) return user;
    const where = { id: user.id };
    const written = (await strapi.db.query(USER).update({ where, data })) as User | null;
    if (written) return written;
    throw new CognitoError('login_expired', `user ${user.id} was deleted during the login`);
  };

  if (!own || user.email === person.email) return write(changes);
  // An email belongs to one user at a time: nobody else may be given it meanwhile.
  return withLocks(strapi, [`email ${person.email}`], async () => {
    const email = (await isFree(strapi, user, person.email)) ? { email: person.email } : {};
    return write({ ...changes, ...email });
  });
}

async function isFree(strapi: Strapi, user: User, email: string): Promise<boolean> {
  const { uniqueEmail } = await advancedSettings(strapi);
  const where = { email, id: { $ne: user.id } };
  if (!uniqueEmail || (await strapi.db.query(USER).count({ where })) === 0) return true;
  strapi.log.warn(
    `[cognito] user ${user.id} keeps its email: another user has the one that Cognito has now`,
  );
  return false;
}

/** The fields whose value is another than the user has. */
async function changedFields(strapi: Strapi, user: User, profile: Profile): Promise<Profile> {
  const changed = Object.entries(profile).filter(([field, value]) => !isSame(user[field], value));
  return withoutTaken(strapi, Object.fromEntries(changed), user.id);
}

/** Databases give a number, a date or a boolean back in a form of their own. */
function isSame(stored: unknown, value: string | number | boolean): boolean {
  if (stored instanceof Date) return stored.toISOString() === value;
  if (typeof value === 'number') return stored !== null && Number(stored) === value;
  if (typeof value === 'boolean') return stored === value || stored === Number(value);
  return stored === value || (typeof stored === 'number' && String(stored) === value);
}

async function changedRole(strapi: Strapi, user: User, type: string): Promise<{ role?: number }> {
  // Where it does not exist the login ends: the role the user still has could mean more rights.
  const wanted = await requireRole(strapi, type);
  const current: unknown = await strapi.db
    .query(ROLE)
    .findOne({ where: { id: wanted, users: user.id } });
  return current ? {} : { role: wanted };
}
