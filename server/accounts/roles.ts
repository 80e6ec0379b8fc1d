import type { Settings } from '../settings/settings';
import { ROLE, type Strapi } from '../strapi';
import { CognitoError } from '../protocol/errors';
import type { Claims } from '../protocol/claims';
import { callConfigured, wrongResult } from './configured-functions';
import { roleOfGroups } from './groups';

type UserSettings = Settings['users'];

/** Whether roles follow Cognito at all. */
export function rolesFollowCognito({ roles, resolveRole }: UserSettings): boolean {
  return resolveRole !== undefined || roles.length > 0;
}

/**
 * The role type that Cognito's side asks for: by `users.resolveRole`, then by the groups;
 * `undefined` means the default role.
 *
 * @throws {CognitoError} `not_configured` where `users.resolveRole` fails.
 */
export async function roleTypeOf(
  claims: Claims,
  { roles, resolveRole }: UserSettings,
): Promise<string | undefined> {
  if (resolveRole) {
    const type: unknown = await callConfigured('users.resolveRole', () => resolveRole(claims));
    if (typeof type === 'string' && type !== '') return type;
    if (type !== undefined && type !== null) {
      throw wrongResult('users.resolveRole', 'a role type, null or undefined');
    }
  }
  return roleOfGroups(claims, roles);
}

/**
 * The id of the role of a type.
 *
 * @throws {CognitoError} `not_configured` if it does not exist: another role could mean more rights.
 */
export async function requireRole(strapi: Strapi, type: string): Promise<number> {
  const role = (await strapi.db.query(ROLE).findOne({ where: { type } })) as { id: number } | null;
  if (role) return role.id;
  throw new CognitoError('not_configured', `the role "${type}" does not exist`);
}
