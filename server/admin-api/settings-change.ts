import { findFieldProblems } from '../accounts/profile';
import { findRoleProblems } from '../accounts/roles';
import { isSavedKey } from '../settings/saved';
import { findMistake, isObject, savedSchema } from '../settings/schema';
import type { Settings } from '../settings/settings';
import { isFromConfigFile } from '../settings/sources';
import type { Strapi } from '../strapi';
import { type ValidationIssue, validationError } from '../strapi-utils';
import type { AccountSettings, SettingsChange } from '../admin-contract';
import { LOCKED, NOT_AN_OBJECT } from './change-messages';

/**
 * Checks the settings that an admin wants to save.
 *
 * @throws {ValidationError} of Strapi, 400, naming each key that is unknown, locked or wrong.
 */
export async function checkChange(
  strapi: Strapi,
  body: unknown,
  settings: Settings,
): Promise<SettingsChange> {
  if (!isObject(body)) throw refused([{ path: [], message: NOT_AN_OBJECT }]);
  const issues: ValidationIssue[] = [];
  for (const [key, value] of Object.entries(body)) {
    const messages = await findIssues(strapi, key, value, settings);
    issues.push(...messages.map((message) => ({ path: [key], message })));
  }
  if (issues.length > 0) throw refused(issues);
  return body;
}

const refused = (issues: readonly ValidationIssue[]) =>
  validationError('These settings cannot be saved.', issues);

async function findIssues(
  strapi: Strapi,
  key: string,
  value: unknown,
  { sources }: Settings,
): Promise<string[]> {
  if (!isSavedKey(key)) {
    return [`is not a setting; expected one of ${Object.keys(savedSchema).join(', ')}`];
  }
  if (isFromConfigFile(sources.accounts[key].source)) return [LOCKED];
  if (value === null) return [];
  const mistake = findMistake(savedSchema[key], value);
  if (mistake !== undefined) return [mistake];
  if (key === 'attributes') {
    const mapped = value as AccountSettings['attributes'];
    return findFieldProblems(
      strapi,
      mapped.map(({ field }) => field),
    );
  }
  if (key === 'roles') {
    const mapped = value as AccountSettings['roles'];
    return findRoleProblems(
      strapi,
      mapped.map(({ role }) => role),
    );
  }
  return [];
}
