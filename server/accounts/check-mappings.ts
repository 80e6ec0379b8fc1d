import { isLocked } from '../settings/sources';
import type { Settings } from '../settings/settings';
import { ROLE, type Strapi } from '../strapi';
import { problemOfField, userFields } from './profile';

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
 * Checks at boot what only a running Strapi knows: that the fields and the roles of the maps exist.
 * What was saved on the page may have been right then, and an admin has to get in to mend it: that
 * is a warning. A role that is missing at a login is refused then, a field is left out.
 *
 * @throws {Error} naming what is missing of the config's.
 */
export async function checkMappings(strapi: Strapi, { sources }: Settings): Promise<void> {
  const { attributes, roles } = sources.accounts;
  const fields = attributes.value.map(({ field }) => field);
  const wanted = roles.value.map(({ role }) => role);
  const found = [
    ...problemsOfFields(strapi, fields).map(
      (problem) => [attributes, `attributes: ${problem}`] as const,
    ),
    ...(await problemsOfRoles(strapi, wanted)).map(
      (problem) => [roles, `roles: ${problem}`] as const,
    ),
  ];
  const ofConfig = found.filter(([{ source }]) => isLocked(source));
  for (const [{ source }, problem] of found) {
    if (!isLocked(source)) strapi.log.warn(`[cognito] users.${problem}`);
  }
  if (ofConfig.length > 0) {
    throw new Error(
      `cognito config: ${ofConfig.map(([, problem]) => `users.${problem}`).join('\n')}`,
    );
  }
}
