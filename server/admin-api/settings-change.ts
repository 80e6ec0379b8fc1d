import { findFieldProblems } from '../accounts/profile';
import { findRoleProblems } from '../accounts/roles';
import { isSavedKey } from '../settings/saved';
import { findMistake, isObject, savedSchema } from '../settings/schema';
import type { Settings } from '../settings/settings';
import { isFromConfigFile } from '../settings/sources';
import type { Strapi } from '../strapi';
import { type ValidationIssue, strapiUtils } from '../strapi-utils';
import type { AccountSettings, SettingsChange } from '../admin-contract';

/**
 * Checks what an admin wants to save.
 *
 * @throws {ValidationError} of Strapi, 400, naming each key that is unknown, locked or wrong.
 */
export async function checkChange(
  strapi: Strapi,
  body: unknown,
  settings: Settings,
): Promise<SettingsChange> {
  if (!isObject(body)) throw refused([{ path: [], message: 'expected an object of settings' }]);
  const complaints: ValidationIssue[] = [];
  for (const [key, value] of Object.entries(body)) {
    const messages = await problemsOf(strapi, key, value, settings);
    complaints.push(...messages.map((message) => ({ path: [key], message })));
  }
  if (complaints.length > 0) throw refused(complaints);
  return body;
}

function refused(complaints: readonly ValidationIssue[]): Error {
  const { ValidationError } = strapiUtils().errors;
  return new ValidationError('These settings cannot be saved.', { errors: complaints });
}

async function problemsOf(
  strapi: Strapi,
  key: string,
  value: unknown,
  { sources }: Settings,
): Promise<string[]> {
  if (!isSavedKey(key)) {
    return [`is not a setting; expected one of ${Object.keys(savedSchema).join(', ')}`];
  }
  if (isFromConfigFile(sources.accounts[key].source))
    return ['is set in a config file, which wins'];
  if (value === null) return [];
  const mistake = findMistake(savedSchema[key], value);
  if (mistake !== undefined) return [mistake];
  if (key === 'attributes') {
    const wanted = value as AccountSettings['attributes'];
    return findFieldProblems(
      strapi,
      wanted.map(({ field }) => field),
    );
  }
  if (key === 'roles') {
    const wanted = value as AccountSettings['roles'];
    return findRoleProblems(
      strapi,
      wanted.map(({ role }) => role),
    );
  }
  return [];
}
