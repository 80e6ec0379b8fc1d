import type { AccountSettings } from '../admin-contract';
import { CognitoError, quote } from '../protocol/errors';
import type { Claims } from '../protocol/claims';

/** The Cognito groups of a person. */
function groupsOf(claims: Claims): readonly string[] {
  const groups = claims['cognito:groups'];
  return Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [];
}

/**
 * Whoever is in none of the groups required gets nothing, whether they are known or not.
 *
 * @throws {CognitoError} `group_required`.
 */
export function checkRequiredGroups(claims: Claims, required: readonly string[]): void {
  if (required.length === 0) return;
  const groups = groupsOf(claims);
  if (required.some((group) => groups.includes(group))) return;
  throw new CognitoError('group_required', `the groups are ${quote(groups)}`);
}

/** The role type for the first group of the list that the person is in. */
export function roleOfGroups(claims: Claims, roles: AccountSettings['roles']): string | undefined {
  const groups = groupsOf(claims);
  return roles.find(({ group }) => groups.includes(group))?.role;
}
