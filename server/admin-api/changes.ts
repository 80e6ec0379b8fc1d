import { findFieldProblems } from '../accounts/profile';
import { findRoleProblems } from '../accounts/roles';
import type {
  AccountSettings,
  ConnectionChange,
  SettingsChange,
  SettingsProblem,
} from '../admin-contract';
import { issuerFromUserPoolId } from '../protocol/endpoints';
import { findMistake, isObject, isSavedKey, savedSchema } from '../settings/schema';
import { settingsService } from '../settings/service';
import type { ConnectionSources, ProviderRow, Settings } from '../settings/settings';
import { isFromConfigFile } from '../settings/sources';
import type { Strapi } from '../strapi';
import { type ValidationIssue, validationError } from '../strapi-utils';

const NOT_AN_OBJECT = 'expected an object of settings';
const LOCKED = 'is set in a config file, which wins';

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
  if (!isObject(body)) throw refusedSettings([{ path: [], message: NOT_AN_OBJECT }]);
  const issues: ValidationIssue[] = [];
  for (const [key, value] of Object.entries(body)) {
    const messages = await findIssues(strapi, key, value, settings);
    issues.push(...messages.map((message) => ({ path: [key], message })));
  }
  if (issues.length > 0) throw refusedSettings(issues);
  return body;
}

const refusedSettings = (issues: readonly ValidationIssue[]) =>
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

type Field = Exclude<keyof ConnectionChange, 'enabled'>;

/** The longest value; the client secret of Cognito has at most 128 characters. */
const MAX_LENGTH = 1024;

/** The column of the Providers page for each field, and the settings that a config file locks it by. */
const fields: Readonly<
  Record<Field, { column: keyof ProviderRow; settings: readonly (keyof ConnectionSources)[] }>
> = {
  clientId: { column: 'key', settings: ['clientId'] },
  clientSecret: { column: 'secret', settings: ['clientSecret'] },
  domain: { column: 'subdomain', settings: ['domain'] },
  callback: { column: 'callback', settings: ['callback'] },
  userPool: { column: 'jwksurl', settings: ['userPoolId', 'jwksUrl'] },
};

const isField = (key: string): key is Field => Object.hasOwn(fields, key);

/**
 * Checks what an admin wants to change of the connection, by the rules that apply to a login.
 *
 * @returns the changes to the row of the Providers page.
 * @throws {ValidationError} of Strapi, 400, naming each key that is unknown, locked, wrong or missing.
 */
export async function checkConnectionChange(strapi: Strapi, body: unknown): Promise<ProviderRow> {
  if (!isObject(body)) throw refusedConnection([{ path: [], message: NOT_AN_OBJECT }]);
  const settings = settingsService(strapi);
  const { sources } = await settings.current();
  const issues: ValidationIssue[] = [];
  const row: { -readonly [Column in keyof ProviderRow]: unknown } = {};
  for (const [key, value] of Object.entries(body)) {
    const message = findProblem(key, value, sources.connection);
    if (message !== undefined) issues.push({ path: [key], message });
    else if (isField(key)) row[fields[key].column] = toStored(key, (value as string).trim());
    else row.enabled = value;
  }
  if (issues.length > 0) throw refusedConnection(issues);
  const { enabled, problems } = await settings.preview(row);
  const concerned = problems.filter(({ code }) => {
    const [field, kind] = code.split('.');
    if (field === 'saved') return false;
    // An incomplete connection may be saved, but not enabled.
    return enabled || (kind !== 'missing' && field !== undefined && Object.hasOwn(body, field));
  });
  if (concerned.length > 0) throw refusedConnection(concerned.map(toIssue));
  return row;
}

function findProblem(key: string, value: unknown, sources: ConnectionSources): string | undefined {
  if (key === 'enabled') return typeof value === 'boolean' ? undefined : 'expected true or false';
  if (!isField(key)) {
    return `is not a setting; expected one of enabled, ${Object.keys(fields).join(', ')}`;
  }
  if (fields[key].settings.some((name) => isFromConfigFile(sources[name].source))) {
    return LOCKED;
  }
  if (typeof value === 'string' && value.length <= MAX_LENGTH) return undefined;
  return `expected a text of at most ${MAX_LENGTH} characters`;
}

/** The Providers page has the URL of the keys, which names the user pool. */
const toStored = (field: Field, text: string): string =>
  (field === 'userPool' ? issuerFromUserPoolId(text)?.jwksUrl : undefined) ?? text;

const toIssue = ({ code, message }: SettingsProblem): ValidationIssue => ({
  path: [code.split('.')[0] ?? ''],
  message,
  code,
});

const refusedConnection = (errors: readonly ValidationIssue[]) =>
  validationError('The connection cannot be saved.', errors);
