import { quote } from '../protocol/errors';
import { isProtectedField } from '../settings/schema';
import type { Settings } from '../settings/settings';
import { callConfigFunction, invalidResult } from '../site-code';
import { type Strapi, userQuery } from '../strapi';
import { type AttributeSchema, coerceClaim, isMappableType } from './attributes';
import { userFields } from './user-schema';
import type { LoginContext, VerifiedIdentity } from './verified-identity';

/** Fields of a user and their values, each checked against the user content type. `null` clears a field. */
export type Profile = Readonly<Record<string, string | number | boolean | null>>;

type FieldValue = readonly [field: string, value: unknown, source: string];

interface FieldProblem {
  readonly field: string;
  readonly kind: 'protected' | 'missing' | 'type';
  readonly message: string;
}

/** A field that claims may fill, by its schema, or why they may not. */
function findField(
  strapi: Strapi,
  field: string,
): { readonly schema: AttributeSchema } | FieldProblem {
  const problem = (kind: FieldProblem['kind'], what: string) => ({
    field,
    kind,
    message: `"${field}" ${what}`,
  });
  if (isProtectedField(field)) return problem('protected', 'is protected: no claim may fill it');
  const fields = userFields(strapi);
  const schema = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (!schema) return problem('missing', 'is not a field of the user content type');
  return isMappableType(schema.type)
    ? { schema }
    : problem('type', `is of type ${schema.type}, which no claim can fill`);
}

/** The fields that claims may not fill. */
export const findFieldProblems = (strapi: Strapi, fields: readonly string[]): FieldProblem[] =>
  fields.map((field) => findField(strapi, field)).filter((found) => 'kind' in found);

/**
 * Maps the claims to fields with `users.attributes`, and then with `users.mapProfile`. A value that is not valid for
 * its field is left out with a line in the log. A field whose claims are not in the id_token is cleared.
 *
 * @throws {CognitoError} `not_configured` if `users.mapProfile` fails.
 */
export async function mapProfile(
  strapi: Strapi,
  { claims, complete }: Pick<VerifiedIdentity, 'claims' | 'complete'>,
  { attributes, mapProfile }: Settings['users'],
): Promise<Profile> {
  const values: FieldValue[] = attributes.map(({ claim, field }) => {
    const value: unknown = Object.hasOwn(claims, claim) ? claims[claim] : null;
    return [field, value, `claim ${claim}`];
  });
  const present = new Set(values.filter(([, value]) => value !== null).map(([field]) => field));
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

/** Fields whose problem {@link REQUIRED} was logged, because it is logged only once for each field. */
const requiredFields = new Set<string>();

/** Picks the fields that exist, are not protected, and accept their value. */
export function pickValidFields(strapi: Strapi, values: readonly FieldValue[]): Profile {
  const profile: Record<string, Profile[string]> = {};
  for (const [field, value, source] of values) {
    if (value === undefined) continue;
    const result = toFieldValue(strapi, field, value);
    if ('value' in result) {
      profile[field] = result.value;
      continue;
    }
    if (result.problem === REQUIRED) {
      if (requiredFields.has(field)) continue;
      requiredFields.add(field);
    }
    // Without the value, which is personal data.
    strapi.log.warn(`[cognito] ${source} was not copied to ${quote(field)}: ${result.problem}`);
  }
  return profile;
}

/** The value for a field. For `null`, it is the default of the field, or nothing. */
function toFieldValue(
  strapi: Strapi,
  field: string,
  value: unknown,
): { readonly value: Profile[string] } | { readonly problem: string } {
  const found = findField(strapi, field);
  if ('kind' in found) return { problem: found.message };
  if (value !== null) return coerceClaim(value, found.schema);
  const { default: initial, required } = found.schema;
  const cleared: unknown = typeof initial === 'function' ? (initial as () => unknown)() : initial;
  if (cleared !== undefined && cleared !== null) return { value: cleared as Profile[string] };
  return required ? { problem: REQUIRED } : { value: null };
}

/** Omits values of unique fields that another user or login has. Reserves the others until the login ends. */
export async function omitTaken(
  { strapi, lease }: LoginContext,
  profile: Profile,
  userId?: number,
): Promise<Profile> {
  const fields = userFields(strapi);
  const isFree = async (field: string, value: Profile[string]): Promise<boolean> => {
    if (!(await lease.add([`${field} ${String(value)}`]))) return false;
    const where = { [field]: value, ...(userId !== undefined && { id: { $ne: userId } }) };
    return (await userQuery(strapi).count({ where })) === 0;
  };
  const free: Record<string, Profile[string]> = {};
  for (const [field, value] of Object.entries(profile)) {
    if (value === null || !fields[field]?.unique || (await isFree(field, value))) {
      free[field] = value;
    } else {
      strapi.log.warn(`[cognito] ${quote(field)} is left out: another user has the same value`);
    }
  }
  return free;
}
