import { quote } from '../protocol/errors';
import type { Claims } from '../protocol/jwt';
import type { Settings } from '../settings/settings';
import { type Strapi, USER } from '../strapi';
import { type AttributeSchema, fitClaim, isMappableType } from './attributes';
import { callConfigured, wrongResult } from './configured-functions';
import { isProtectedField } from '../settings/protected-fields';

/** Fields of a user and their values, each checked against the user content type. */
export type Profile = Readonly<Record<string, string | number | boolean>>;

type UserSettings = Settings['users'];

/** A value that is to go into a field, and where it comes from. */
type Wanted = readonly [field: string, value: unknown, source: string];

/** The fields of the user content type. */
export function userFields(strapi: Strapi): Readonly<Record<string, AttributeSchema>> {
  return strapi.contentType(USER).attributes;
}

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
 * does not fit its field is left out, and said in the log; the login goes on.
 *
 * @throws {CognitoError} `not_configured` where `users.mapProfile` fails.
 */
export async function profileOf(
  strapi: Strapi,
  claims: Claims,
  { attributes, mapProfile }: UserSettings,
): Promise<Profile> {
  const wanted: Wanted[] = attributes.map(({ claim, field }) => [
    field,
    Object.hasOwn(claims, claim) ? claims[claim] : undefined,
    `claim ${claim}`,
  ]);
  if (mapProfile) {
    const mapped: unknown = await callConfigured('users.mapProfile', () => mapProfile(claims));
    if (typeof mapped !== 'object' || mapped === null || Array.isArray(mapped)) {
      throw wrongResult('users.mapProfile', 'an object of fields');
    }
    for (const [field, value] of Object.entries(mapped)) wanted.push([field, value, 'mapProfile']);
  }
  return fittingFields(strapi, wanted);
}

/** Those of the wanted fields that exist, are not protected, and take the value. */
export function fittingFields(strapi: Strapi, wanted: readonly Wanted[]): Profile {
  const fields = userFields(strapi);
  const profile: Record<string, string | number | boolean> = {};
  for (const [field, value, source] of wanted) {
    if (value === undefined) continue;
    const problem = problemOfField(field, fields);
    const schema = fields[field];
    const fitted =
      problem === undefined && schema
        ? fitClaim(value, schema)
        : { problem: problem ?? 'is unknown' };
    if ('value' in fitted) profile[field] = fitted.value;
    // Its value stays out of the log: it is about a person.
    else strapi.log.warn(`[cognito] ${source} is left out of ${quote(field)}: ${fitted.problem}`);
  }
  return profile;
}

/** Names to hold while a profile is written: of each value that only one user may have. */
export function uniqueNames(strapi: Strapi, profile: Profile): string[] {
  const fields = userFields(strapi);
  return Object.entries(profile)
    .filter(([field]) => fields[field]?.unique)
    .map(([field, value]) => `${field} ${String(value)}`);
}

/** The profile without what another user already has in a field that must be unique. */
export async function withoutTaken(
  strapi: Strapi,
  profile: Profile,
  userId: number | undefined,
): Promise<Profile> {
  const fields = userFields(strapi);
  const free: Record<string, string | number | boolean> = {};
  for (const [field, value] of Object.entries(profile)) {
    const where = { [field]: value, ...(userId !== undefined && { id: { $ne: userId } }) };
    if (fields[field]?.unique && (await strapi.db.query(USER).count({ where })) > 0) {
      strapi.log.warn(`[cognito] ${quote(field)} is left out: another user has the same value`);
    } else {
      free[field] = value;
    }
  }
  return free;
}
