import { CognitoError, quote } from '../protocol/errors';
import type { Claims } from '../protocol/claims';
import type { Settings } from '../settings/settings';
import { callConfigFunction, invalidResult } from '../site-code';
import { ROLE, type Strapi, userQuery } from '../strapi';

function getGroups(claims: Claims): readonly string[] {
  const groups = claims['cognito:groups'];
  return Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [];
}

/** Refuses known and new users who are in none of the required groups. @throws {CognitoError} `group_required`. */
export function checkRequiredGroups(claims: Claims, required: readonly string[]): void {
  if (required.length === 0) return;
  const groups = getGroups(claims);
  if (required.some((group) => groups.includes(group))) return;
  throw new CognitoError('group_required', `the groups are ${quote(groups)}`);
}

/**
 * The role type from `users.resolveRole`, otherwise from the first group in `users.roles` that the user is in.
 *
 * @returns `undefined` for the default role.
 * @throws {CognitoError} `not_configured` if `users.resolveRole` fails.
 */
export async function resolveRoleType(
  claims: Claims,
  { roles, resolveRole }: Settings['users'],
): Promise<string | undefined> {
  if (resolveRole) {
    const name = 'users.resolveRole';
    const type: unknown = await callConfigFunction(name, claims, resolveRole);
    if (typeof type === 'string' && type !== '') return type;
    if (type !== undefined && type !== null) {
      throw invalidResult(name, 'a role type, null or undefined');
    }
  }
  const groups = getGroups(claims);
  return roles.find(({ group }) => groups.includes(group))?.role;
}

/** The id of a role. @throws {CognitoError} `not_configured` without it: another role could mean more rights. */
export async function requireRole(strapi: Strapi, type: string): Promise<number> {
  const role = (await userQuery(strapi, ROLE).findOne({ where: { type } })) as {
    id: number;
  } | null;
  if (role) return role.id;
  throw new CognitoError('not_configured', `the role "${type}" does not exist`);
}

/** The role types that do not exist, each with a sentence for the log. */
export async function findRoleProblems(strapi: Strapi, types: readonly string[]) {
  if (types.length === 0) return [];
  const roles = (await userQuery(strapi, ROLE).findMany({ select: ['type'] })) as {
    type: string;
  }[];
  // At the first start, users-permissions may create them later.
  if (roles.length === 0) return [];
  const existing = roles.map(({ type }) => type);
  return types
    .filter((type) => !existing.includes(type))
    .map((type) => ({
      type,
      message: `there is no role of type "${type}"; expected one of ${existing.join(', ')}`,
    }));
}
