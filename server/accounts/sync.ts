import { CognitoError } from '../protocol/errors';
import { PROVIDER, ROLE, type Strapi, USER, type User } from '../strapi';
import { advancedSettings } from './advanced-settings';
import { withLocks } from '../locks';
import type { Person } from './person';
import { type Profile, uniqueNames, withoutTaken } from './profile';
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
  const { person, roleType } = update;
  const own = user.provider === PROVIDER && person.emailVerified;
  const changed = changedFields(user, update.profile);
  const changes: Record<string, unknown> = {
    ...(roleType !== undefined && (await changedRole(strapi, user, roleType))),
    ...(own && user.confirmed !== true && { confirmed: true }),
  };
  const email = own && user.email !== person.email ? person.email : undefined;

  const write = async (): Promise<User> => {
    Object.assign(changes, await withoutTaken(strapi, changed, user.id));
    if (email !== undefined && (await isFree(strapi, user, email))) changes.email = email;
    if (Object.keys(changes).length === 0) return user;
    const query = { where: { id: user.id }, data: changes };
    const written = (await strapi.db.query(USER).update(query)) as User | null;
    if (written) return written;
    throw new CognitoError('login_expired', `user ${user.id} was deleted during the login`);
  };
  // What belongs to one user at a time, nobody else may be given meanwhile.
  const names = uniqueNames(strapi, changed);
  if (email !== undefined) names.push(`email ${email}`);
  return names.length === 0 ? write() : withLocks(strapi, names, write);
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
function changedFields(user: User, profile: Profile): Profile {
  const changed = Object.entries(profile).filter(([field, value]) => !isSame(user[field], value));
  return Object.fromEntries(changed);
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
