import { quote } from '../protocol/errors';
import type { Claims } from '../protocol/claims';
import type { Settings } from '../settings/settings';
import type { Lease } from '../leases';
import { type Strapi, USER } from '../strapi';
import { type AttributeSchema, fitClaim, isMappableType } from './attributes';
import { callConfigured, wrongResult } from './configured-functions';
import { isProtectedField } from '../settings/protected-fields';
import type { VerifiedIdentity } from './verified-identity';
import { userFields } from './user-schema';

/** Fields of a user and their values, each checked against the user content type. `null` clears one. */
export type Profile = Readonly<Record<string, string | number | boolean | null>>;

type UserSettings = Settings['users'];

/** A value that is to go into a field, and where it comes from. */
type Wanted = readonly [field: string, value: unknown, source: string];

/** Why a claim may not go into a field; `undefined` where it may. */
export function problemOfField(
  field: string,
  fields: Readonly<Record<string, AttributeSchema>>,
): string | undefined {
  if (isProtectedField(field)) return `"${field}" is protected: no claim may reach it`;
  const schema = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (!schema) return `"${field}" is not a field of the user content type`;
  return isMappableType(schema.type)
    ? undefined
    : `"${field}" is of type ${schema.type}, which no claim fits`;
}

/**
 * The fields that the claims fill: by the table `users.attributes`, then by `users.mapProfile`. What
 * does not fit its field is left out, and said in the log; the login goes on. A field whose claims an
 * id_token does not have is cleared.
 *
 * @throws {CognitoError} `not_configured` where `users.mapProfile` fails.
 */
export async function profileOf(
  strapi: Strapi,
  { claims, complete }: Pick<VerifiedIdentity, 'claims' | 'complete'>,
  { attributes, mapProfile }: UserSettings,
): Promise<Profile> {
  const wanted: Wanted[] = [];
  const present = new Set<string>();
  for (const { claim, field } of attributes) {
    const value: unknown = Object.hasOwn(claims, claim) ? claims[claim] : null;
    if (value !== null) present.add(field);
    wanted.push([field, value, `claim ${claim}`]);
  }
  const filled = wanted.filter(([field, value]) => value !== null || !present.has(field));
  const mapped = mapProfile ? await callMapProfile(mapProfile, claims) : {};
  for (const [field, value] of Object.entries(mapped)) filled.push([field, value, 'mapProfile']);
  return fittingFields(strapi, complete ? filled : filled.filter(([, value]) => value !== null));
}

async function callMapProfile(
  mapProfile: NonNullable<UserSettings['mapProfile']>,
  claims: Claims,
): Promise<object> {
  const mapped: unknown = await callConfigured('users.mapProfile', () => mapProfile(claims));
  if (typeof mapped === 'object' && mapped !== null && !Array.isArray(mapped)) return mapped;
  throw wrongResult('users.mapProfile', 'an object of fields');
}

/** Those of the wanted fields that exist, are not protected, and take the value. */
export function fittingFields(strapi: Strapi, wanted: readonly Wanted[]): Profile {
  const fields = userFields(strapi);
  const profile: Record<string, string | number | boolean | null> = {};
  for (const [field, value, source] of wanted) {
    if (value === undefined) continue;
    const problem = problemOfField(field, fields);
    const schema = fields[field];
    const fitted = problem === undefined && schema ? fitValue(value, schema) : { problem };
    if ('value' in fitted) profile[field] = fitted.value;
    // Its value stays out of the log: it is personal data.
    else {
      strapi.log.warn(
        `[cognito] ${source} is left out of ${quote(field)}: ${fitted.problem ?? 'is unknown'}`,
      );
    }
  }
  return profile;
}

type FittedValue = { readonly value: Profile[string] } | { readonly problem: string | undefined };

/** `null` gives a field its default, or empties it. */
function fitValue(value: unknown, schema: AttributeSchema): FittedValue {
  if (value !== null) return fitClaim(value, schema);
  const { default: fallback, required } = schema;
  const initial: unknown =
    typeof fallback === 'function' ? (fallback as () => unknown)() : fallback;
  if (initial !== undefined && initial !== null) return { value: initial as Profile[string] };
  return required
    ? { problem: 'is required and has no default, so it keeps its value' }
    : { value: null };
}

/**
 * The profile without values that another user has in a field that must be unique, or that another
 * login is about to save. The rest are held until the lease ends.
 */
export async function withoutTaken(
  strapi: Strapi,
  profile: Profile,
  lease: Lease | undefined,
  userId?: number,
): Promise<Profile> {
  const fields = userFields(strapi);
  const free: Record<string, string | number | boolean | null> = {};
  for (const [field, value] of Object.entries(profile)) {
    if (value === null || !fields[field]?.unique) {
      free[field] = value;
      continue;
    }
    const where = { [field]: value, ...(userId !== undefined && { id: { $ne: userId } }) };
    const held = (await lease?.add([`${field} ${String(value)}`])) ?? false;
    if (held && (await strapi.db.query(USER).count({ where })) === 0) free[field] = value;
    else strapi.log.warn(`[cognito] ${quote(field)} is left out: another user has the same value`);
  }
  return free;
}

/** Whether a profile has a value that only one user may have. */
export function hasUniqueValue(strapi: Strapi, profile: Profile): boolean {
  const fields = userFields(strapi);
  return Object.entries(profile).some(([field, value]) => value !== null && fields[field]?.unique);
}
