import type { Lease } from '../leases';
import type { NewUser } from '../settings/config';
import type { Settings } from '../settings/settings';
import { runSiteCode } from '../site-errors';
import { PROVIDER, type Strapi, USER, type User } from '../strapi';
import { callConfigured, wrongResult } from './configured-functions';
import { type Identity, reserveIdentity } from './identities';
import type { VerifiedIdentity } from './verified-identity';
import { type Profile, fittingFields, withoutTaken } from './profile';
import { requireRole } from './roles';
import { isEmailTaken } from './user-lookup';
import { existingFields, hasRoles, hasTextField } from './user-schema';
import { freeUsername } from './username';

/** What a new user is made of. */
export interface NewAccount {
  readonly person: VerifiedIdentity;
  /** The username wanted; it gets an ending if another user has it. */
  readonly username: string;
  readonly roleType: string;
  readonly profile: Profile;
  /** What a login before has left of the identity, if anything. */
  readonly identity: Identity | undefined;
}

/**
 * Creates a user, as users-permissions does.
 *
 * @param lease holds the identity and the email. It gets the username and unique values too.
 * @throws {CognitoError} `not_configured` if the role does not exist or `users.beforeCreate` fails,
 * `registration_refused` if a hook of the site throws.
 */
export async function createUser(
  strapi: Strapi,
  { person, username, roleType, profile, identity }: NewAccount,
  { beforeCreate }: Settings['users'],
  lease: Lease,
): Promise<User> {
  const user: NewUser = {
    ...(await valuesOf(strapi, profile, lease)),
    username: await freeUsername(username, (candidate) =>
      isTaken(strapi, candidate, person, lease),
    ),
    email: person.email,
    provider: PROVIDER,
    confirmed: person.emailVerified,
    blocked: false,
    // Without roles in the schema there is none to give.
    role: hasRoles(strapi) ? await requireRole(strapi, roleType) : 0,
  };
  const more = beforeCreate && (await callBeforeCreate(beforeCreate, user, person));
  const wanted = Object.entries(more ?? {}).map(
    ([field, value]) => [field, value, 'users.beforeCreate'] as const,
  );
  const added = await valuesOf(strapi, fittingFields(strapi, wanted), lease);
  await reserveIdentity(strapi, person, user.username, identity);
  // A site may block users by default, until it approves them.
  const data = existingFields(strapi, { ...user, ...added, blocked: undefined });
  return (await runSiteCode(() => strapi.db.query(USER).create({ data }))) as User;
}

/** What a profile gives a new user, who has the defaults already. */
async function valuesOf(
  strapi: Strapi,
  profile: Profile,
  lease: Lease,
): Promise<Record<string, string | number | boolean>> {
  const free = await withoutTaken(strapi, profile, lease);
  return Object.fromEntries(
    Object.entries(free).flatMap(([field, value]) => (value === null ? [] : [[field, value]])),
  );
}

/** A username that is the email of another user could pass for them. */
async function isTaken(
  strapi: Strapi,
  candidate: string,
  { email, emailVerified }: VerifiedIdentity,
  lease: Lease,
): Promise<boolean> {
  if (!hasTextField(strapi, 'username')) return false;
  const lower = candidate.toLowerCase();
  if (!(await lease.add([`username ${lower}`]))) return true;
  if ((await strapi.db.query(USER).count({ where: { username: candidate } })) > 0) return true;
  if (!lower.includes('@') || (emailVerified && lower === email)) return false;
  return isEmailTaken(strapi, lower);
}

async function callBeforeCreate(
  beforeCreate: NonNullable<Settings['users']['beforeCreate']>,
  user: NewUser,
  { claims }: VerifiedIdentity,
): Promise<Record<string, unknown> | undefined> {
  const name = 'users.beforeCreate';
  const more: unknown = await callConfigured(name, () => beforeCreate({ ...user }, claims));
  if (more === undefined || more === null) return undefined;
  if (typeof more !== 'object' || Array.isArray(more)) {
    throw wrongResult(name, 'an object of fields, or nothing');
  }
  return more as Record<string, unknown>;
}
