import type { Settings } from '../settings/settings';
import { ROLE, type Strapi } from '../strapi';
import { problemOfField } from './profile';
import { userFields } from './user-schema';

/** The types of all roles. */
export async function roleTypes(strapi: Strapi): Promise<ReadonlySet<string>> {
  const roles = await strapi.db.query(ROLE).findMany({ select: ['type'] });
  return new Set((roles as { type: string }[]).map(({ type }) => type));
}

/** What is wrong with fields that claims are to fill, a sentence each. */
export function problemsOfFields(strapi: Strapi, fields: readonly string[]): string[] {
  const known = userFields(strapi);
  return fields.flatMap((field) => problemOfField(field, known) ?? []);
}

/** Which of these role types do not exist, a sentence each. */
export async function problemsOfRoles(
  strapi: Strapi,
  wanted: readonly string[],
): Promise<string[]> {
  if (wanted.length === 0) return [];
  const types = await roleTypes(strapi);
  // On the very first boot users-permissions may make them later.
  if (types.size === 0) return [];
  const there = [...types].join(', ');
  return wanted
    .filter((type) => !types.has(type))
    .map((type) => `there is no role of type "${type}"; expected one of ${there}`);
}

/**
 * Says at boot which fields and roles of the maps do not exist. Strapi starts anyway: at a login, such
 * a field is left out, and such a role refuses the login.
 */
export async function checkMappings(strapi: Strapi, { sources }: Settings): Promise<void> {
  const { attributes, roles } = sources.accounts;
  const fields = attributes.value.map(({ field }) => field);
  const wanted = roles.value.map(({ role }) => role);
  const found = [
    ...problemsOfFields(strapi, fields).map((problem) => `attributes: ${problem}`),
    ...(await problemsOfRoles(strapi, wanted)).map((problem) => `roles: ${problem}`),
  ];
  for (const problem of found) strapi.log.error(`[cognito] users.${problem}`);
}
