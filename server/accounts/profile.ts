import type { Lease } from '../leases';
import { quote } from '../protocol/errors';
import { isProtectedField } from '../settings/schema';
import type { Settings } from '../settings/settings';
import { callConfigFunction, invalidResult } from '../site-code';
import { type Strapi, USER } from '../strapi';
import { type AttributeSchema, coerceClaim, isMappableType } from './attributes';
import { userFields } from './user-schema';
import type { VerifiedIdentity } from './verified-identity';

/** Fields of a user and their values, each checked against the user content type. `null` clears a field. */
export type Profile = Readonly<Record<string, string | number | boolean | null>>;

/** A value for a field, and where it comes from. */
type FieldValue = readonly [field: string, value: unknown, source: string];

/** Why a claim may not fill a field; `undefined` if it may. */
export function findFieldProblem(
  field: string,
  fields: Readonly<Record<string, AttributeSchema>>,
): string | undefined {
  if (isProtectedField(field)) return `"${field}" is protected: no claim may fill it`;
  const schema = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (!schema) return `"${field}" is not a field of the user content type`;
  return isMappableType(schema.type)
    ? undefined
    : `"${field}" is of type ${schema.type}, which no claim can fill`;
}

/** Why claims may not fill these fields, a sentence each. */
export function findFieldProblems(strapi: Strapi, names: readonly string[]): string[] {
  const fields = userFields(strapi);
  return names.flatMap((name) => findFieldProblem(name, fields) ?? []);
}

/**
 * Maps the claims to fields: by the table `users.attributes`, then by `users.mapProfile`. A value that is not valid
 * for its field is left out with a line in the log. A field whose claims are not in the id_token is cleared.
 *
 * @throws {CognitoError} `not_configured` if `users.mapProfile` fails.
 */
export async function mapProfile(
  strapi: Strapi,
  { claims, complete }: Pick<VerifiedIdentity, 'claims' | 'complete'>,
  { attributes, mapProfile }: Settings['users'],
): Promise<Profile> {
  const values: FieldValue[] = [];
  const present = new Set<string>();
  for (const { claim, field } of attributes) {
    const value: unknown = Object.hasOwn(claims, claim) ? claims[claim] : null;
    if (value !== null) present.add(field);
    values.push([field, value, `claim ${claim}`]);
  }
  const filled = values.filter(([field, value]) => value !== null || !present.has(field));
  if (mapProfile) {
    const name = 'users.mapProfile';
    const mapped: unknown = await callConfigFunction(name, claims, mapProfile);
    if (typeof mapped !== 'object' || mapped === null || Array.isArray(mapped)) {
      throw invalidResult(name, 'an object of fields');
    }
    for (const [field, value] of Object.entries(mapped)) filled.push([field, value, 'mapProfile']);
  }
  return pickValidFields(strapi, complete ? filled : filled.filter(([, value]) => value !== null));
}

const REQUIRED = 'is required and has no default, so it keeps its value';

/** Fields with the problem {@link REQUIRED}, which is logged once for each. */
const requiredFields = new WeakMap<Strapi, Set<string>>();

/** Picks the fields that exist, are not protected, and accept their value. */
export function pickValidFields(strapi: Strapi, values: readonly FieldValue[]): Profile {
  const fields = userFields(strapi);
  const logged = requiredFields.get(strapi) ?? new Set();
  requiredFields.set(strapi, logged);
  const profile: Record<string, string | number | boolean | null> = {};
  for (const [field, value, source] of values) {
    if (value === undefined) continue;
    const result = toFieldValue(field, value, fields);
    if ('value' in result) {
      profile[field] = result.value;
      continue;
    }
    const { problem = 'unknown' } = result;
    if (problem === REQUIRED && logged.has(field)) continue;
    if (problem === REQUIRED) logged.add(field);
    // Without the value, which is personal data.
    strapi.log.warn(`[cognito] ${source} is left out of ${quote(field)}: ${problem}`);
  }
  return profile;
}

/** The value for a field. For `null`, that is its default, or nothing. */
function toFieldValue(
  field: string,
  value: unknown,
  fields: Readonly<Record<string, AttributeSchema>>,
): { readonly value: Profile[string] } | { readonly problem: string | undefined } {
  const problem = findFieldProblem(field, fields);
  const schema = fields[field];
  if (problem !== undefined || !schema) return { problem };
  if (value !== null) return coerceClaim(value, schema);
  const { default: initial, required } = schema;
  const cleared: unknown = typeof initial === 'function' ? (initial as () => unknown)() : initial;
  if (cleared !== undefined && cleared !== null) return { value: cleared as Profile[string] };
  return required ? { problem: REQUIRED } : { value: null };
}

/**
 * Omits the values that another user has in a unique field, or that another login is about to save. The others
 * are reserved until the lease ends.
 */
export async function omitTaken(
  strapi: Strapi,
  profile: Profile,
  lease: Lease,
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
    const isReserved = await lease.add([`${field} ${String(value)}`]);
    if (isReserved && (await strapi.db.query(USER).count({ where })) === 0) free[field] = value;
    else strapi.log.warn(`[cognito] ${quote(field)} is left out: another user has the same value`);
  }
  return free;
}
