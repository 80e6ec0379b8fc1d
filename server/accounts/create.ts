import type { NewUser } from '../settings/config';
import type { Settings } from '../settings/settings';
import { PROVIDER, type Strapi, USER, type User } from '../strapi';
import { callConfigured, wrongResult } from './configured-functions';
import type { Person } from './person';
import { type Profile, fittingFields, withoutTaken } from './profile';
import { insertUser } from './role-links';
import { requireRole } from './roles';
import { freeUsername } from './username';

/** What a new user is made of. */
export interface NewAccount {
  readonly person: Person;
  /** The username wanted; the one made of it is free and valid. */
  readonly username: string;
  readonly roleType: string;
  readonly profile: Profile;
}

/**
 * Makes a user. Runs within the locks of its email and username.
 *
 * @throws {CognitoError} `not_configured` where the role does not exist or `users.beforeCreate` fails.
 */
export async function createUser(
  strapi: Strapi,
  { person, username, roleType, profile }: NewAccount,
  { beforeCreate }: Settings['users'],
): Promise<User> {
  const users = strapi.db.query(USER);
  // A username that is, or looks like, somebody else's email could pass for them: it is not had.
  const ownEmail = person.emailVerified ? person.email : undefined;
  const isTaken = async (candidate: string) => {
    if (/^\S+@\S+\.[^\s-]+$/.test(candidate) && candidate.toLowerCase() !== ownEmail) return true;
    const where = { $or: [{ username: candidate }, { email: candidate.toLowerCase() }] };
    return (await users.count({ where })) > 0;
  };
  const user: NewUser = {
    ...(await withoutTaken(strapi, profile, undefined)),
    username: await freeUsername(username, isTaken),
    email: person.email,
    provider: PROVIDER,
    confirmed: person.emailVerified,
    blocked: false,
    role: await requireRole(strapi, roleType),
  };
  const more = beforeCreate && (await ask(beforeCreate, user, person));
  const wanted = Object.entries(more ?? {}).map(
    ([field, value]) => [field, value, 'users.beforeCreate'] as const,
  );
  const added = await withoutTaken(strapi, fittingFields(strapi, wanted), undefined);
  return insertUser(strapi, { ...user, ...added });
}

async function ask(
  beforeCreate: NonNullable<Settings['users']['beforeCreate']>,
  user: NewUser,
  { claims }: Person,
): Promise<Record<string, unknown> | undefined> {
  const name = 'users.beforeCreate';
  const more: unknown = await callConfigured(name, () => beforeCreate({ ...user }, claims));
  if (more === undefined || more === null) return undefined;
  if (typeof more !== 'object' || Array.isArray(more)) {
    throw wrongResult(name, 'an object of fields, or nothing');
  }
  return more as Record<string, unknown>;
}
