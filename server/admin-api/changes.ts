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
import type { Strapi } from '../strapi';
import { type ValidationIssue, validationError } from '../strapi-utils';

const LOCKED = 'is set in a config file, which wins';

async function checkBody(
  body: unknown,
  message: string,
  findMistakes: (key: string, value: unknown) => Promise<string[]> | string[],
): Promise<Record<string, unknown>> {
  if (!isObject(body)) {
    throw validationError(message, [{ path: [], message: 'expected an object of settings' }]);
  }
  const issues: ValidationIssue[] = [];
  for (const [key, value] of Object.entries(body)) {
    const mistakes = await findMistakes(key, value);
    issues.push(...mistakes.map((mistake) => ({ path: [key], message: mistake })));
  }
  if (issues.length > 0) throw validationError(message, issues);
  return body;
}

/** Checks settings. @throws {ValidationError} Strapi's error, 400, which names each unknown, locked or wrong key. */
export const checkChange = (
  strapi: Strapi,
  body: unknown,
  settings: Settings,
): Promise<SettingsChange> =>
  checkBody(body, 'These settings cannot be saved.', (key, value) =>
    findIssues(strapi, key, value, settings),
  );

async function findIssues(strapi: Strapi, key: string, value: unknown, { sources }: Settings) {
  if (!isSavedKey(key)) {
    return [`is not a setting; expected one of ${Object.keys(savedSchema).join(', ')}`];
  }
  if (sources.accounts[key].locked) return [LOCKED];
  if (value === null) return [];
  const mistake = findMistake(savedSchema[key], value);
  if (mistake !== undefined) return [mistake];
  if (key === 'attributes') {
    const fields = (value as AccountSettings['attributes']).map(({ field }) => field);
    return findFieldProblems(strapi, fields).map(({ message }) => message);
  }
  if (key === 'roles') {
    const types = (value as AccountSettings['roles']).map(({ role }) => role);
    return (await findRoleProblems(strapi, types)).map(({ message }) => message);
  }
  return [];
}

type Field = Exclude<keyof ConnectionChange, 'enabled'>;

/** The longest value; the client secret of Cognito has at most 128 characters. */
const MAX_CHARACTERS = 1024;

/** For each field, the column of the Providers page, and the settings in a config file that lock it. */
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

const REFUSED_CONNECTION = 'The connection cannot be saved.';

/**
 * Checks the changes to the connection that an admin wants to save, with the rules that apply to a login.
 *
 * @returns the changes to the row of the Providers page.
 * @throws {ValidationError} Strapi's error with status 400, which names each key that is unknown, locked, wrong or
 * missing.
 */
export async function checkConnectionChange(strapi: Strapi, given: unknown): Promise<ProviderRow> {
  const settings = settingsService(strapi);
  const { sources } = await settings.current();
  const body = await checkBody(given, REFUSED_CONNECTION, (key, value) =>
    findConnectionIssues(key, value, sources.connection),
  );
  const row: ProviderRow = Object.fromEntries(
    Object.entries(body).map(([key, value]) =>
      isField(key) ? [fields[key].column, toStored(key, String(value).trim())] : [key, value],
    ),
  );
  const { enabled, problems } = await settings.preview(row);
  const concerned = problems.filter(({ code }) => {
    const [field, kind] = code.split('.');
    if (field === 'saved') return false;
    // An incomplete connection may be saved, but not enabled.
    return enabled || (kind !== 'missing' && field !== undefined && Object.hasOwn(body, field));
  });
  if (concerned.length > 0) throw validationError(REFUSED_CONNECTION, concerned.map(toIssue));
  return row;
}

function findConnectionIssues(key: string, value: unknown, sources: ConnectionSources): string[] {
  if (key === 'enabled') return typeof value === 'boolean' ? [] : ['expected true or false'];
  if (!isField(key)) {
    return [`is not a setting; expected one of enabled, ${Object.keys(fields).join(', ')}`];
  }
  if (fields[key].settings.some((name) => sources[name].locked)) return [LOCKED];
  return typeof value === 'string' && value.length <= MAX_CHARACTERS
    ? []
    : [`expected a text of at most ${MAX_CHARACTERS} characters`];
}

/** The Providers page has the URL of the keys, which contains the user pool ID. */
const toStored = (field: Field, text: string): string =>
  (field === 'userPool' ? issuerFromUserPoolId(text)?.jwksUrl : undefined) ?? text;

const toIssue = ({ code, message }: SettingsProblem): ValidationIssue => ({
  path: [code.split('.')[0] ?? ''],
  message,
  code,
});
