import type { AnySchema } from 'yup';
import type { AccountSettings } from '../admin-contract';
import {
  isCognitoIssuer,
  isJwksUrl,
  issuerFromUserPoolId,
  parseUrl,
  parseUserPoolDomain,
} from '../protocol/endpoints';
import { getTypeName, quote } from '../protocol/errors';
import { yup } from '../strapi-utils';
import { isFrontEndUrl } from './front-end-url';

/** A plain object. Strapi's store parses a text that is not JSON as a `Date`, which is not one. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Fields that identify a user, or decide about permissions or the login, besides passwords and tokens. */
const PROTECTED = new Set([
  'id',
  'username',
  'email',
  'provider',
  'confirmed',
  'blocked',
  'role',
  'createdAt',
  'updatedAt',
  'publishedAt',
  'createdBy',
  'updatedBy',
  'locale',
  'localizations',
]);

/** Whether claims can never fill a field, even if mapped. Passwords and tokens are known by their names. */
export const isProtectedField = (field: string): boolean =>
  PROTECTED.has(field) || /password|token|secret/i.test(field);

/** A schema with a description of what it expects. yup also runs the test for `undefined`, which is valid. */
function setting(
  schema: AnySchema,
  expected: string,
  isValid: (value: never) => boolean = () => true,
): AnySchema {
  return schema
    .meta({ expected })
    .test('valid', expected, (value: unknown) => value === undefined || isValid(value as never));
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '';
const isTable = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every(isText);

const text = (expected: string, isValid: (value: string) => boolean = () => true) =>
  setting(yup.string(), expected, (value: string) => isText(value) && isValid(value));
const list = (expected: string, isValid: (items: string[]) => boolean = () => true) =>
  setting(yup.array(), expected, (items: unknown[]) => items.every(isText) && isValid(items));
const boolean = setting(yup.boolean(), 'true or false');
const integer = (unit: string, min: number, max: number) =>
  setting(
    yup.number().integer().min(min).max(max),
    `a whole number of ${unit} from ${min} to ${max}`,
  );
const oneOf = (...values: string[]) =>
  setting(yup.string().oneOf(values), `one of ${values.map((each) => `"${each}"`).join(', ')}`);
const func = setting(yup.mixed(), 'a function', (value: unknown) => typeof value === 'function');

const linking = oneOf('never', 'explicit', 'verified-email');
const USERNAME = 'a list of claim names, not empty';
const GROUPS = 'a list of Cognito groups';
const isNotEmpty = (items: readonly unknown[]) => items.length > 0;

/** JavaScript puts numeric keys first, whatever the written order. */
const isOrdered = (value: Record<string, string>): boolean => {
  const keys = Object.keys(value);
  return keys.length === 1 || !keys.some((key) => /^\d+$/.test(key));
};

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2 */
const isRedirectUri = (value: string): boolean =>
  parseUrl(value) !== undefined && !/[\s#]/.test(value);

/** What each setting of `config/plugins` accepts. */
export const configSchema = {
  connection: {
    domain: text(
      'the domain of the user pool, such as "my-app.auth.eu-west-1.amazoncognito.com"',
      (value) => parseUserPoolDomain(value) !== undefined,
    ),
    clientId: text('the app client id'),
    clientSecret: setting(
      yup.string().nullable(),
      'the app client secret, or null for a public client',
      (value: unknown) => value === null || isText(value),
    ).meta({ secret: true }),
    userPoolId: text(
      'a user pool id, such as "eu-west-1_AbCdEfGhI"',
      (value) => issuerFromUserPoolId(value) !== undefined,
    ),
    jwksUrl: text('an https URL', isJwksUrl),
    callback: text('a URL of the front-end', isFrontEndUrl),
    scope: list('a list of scopes with "openid" among them', (items) => items.includes('openid')),
  },
  handoff: { mode: oneOf('code', 'tokens'), ttl: integer('seconds', 5, 600) },
  tokens: {
    clockTolerance: integer('seconds', 0, 300),
    exchange: boolean,
    additionalClientIds: list('a list of app client ids'),
    redirectUris: list('a list of redirect URIs, each absolute and without a fragment', (items) =>
      items.every(isRedirectUri),
    ),
    additionalIssuers: list(
      'a list of Cognito issuers, such as "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI"',
      (items) => items.every(isCognitoIssuer),
    ),
  },
  users: {
    requireVerifiedEmail: boolean,
    linking,
    linkMaxAge: integer('seconds', 0, 86_400),
    username: list(USERNAME, isNotEmpty),
    attributes: setting(
      yup.mixed(),
      'an object of claim → field of the user content type, without protected fields',
      (value: unknown) => isTable(value) && !Object.values(value).some(isProtectedField),
    ),
    roles: setting(
      yup.mixed(),
      'an object of Cognito group → role type; with several groups, none may be a number',
      (value: unknown) => isTable(value) && isOrdered(value),
    ),
    requiredGroups: list(GROUPS),
    syncOnLogin: boolean,
    resolveRole: func,
    mapProfile: func,
    beforeCreate: func,
  },
  logout: {
    redirects: list(
      'a list of URLs, not empty',
      (items) => isNotEmpty(items) && items.every(isFrontEndUrl),
    ),
  },
  bearer: { enabled: boolean, provision: boolean },
  loginRecords: { keepDays: integer('days', 1, 3_650), keepEmails: boolean },
  rateLimit: { enabled: boolean, failures: integer('failed logins a minute', 1, 100_000) },
  http: { timeout: integer('milliseconds', 100, 60_000) },
} as const;

/** Enough for any real pool. It bounds the size of one row of the store. */
const MAX_ITEMS = 500;
const MAX_LENGTH = 255;

const BOUNDS = `, of at most ${MAX_ITEMS} items of ${MAX_LENGTH} characters`;
const boundedText = () => yup.string().max(MAX_LENGTH).required().test(isText);
const boundedList = (
  item: AnySchema,
  expected: string,
  isValid: (items: never[]) => boolean = () => true,
) =>
  setting(yup.array().max(MAX_ITEMS), expected + BOUNDS, (items: never[]) => {
    // yup tests a list before its items.
    return items.every((each) => item.isValidSync(each, { strict: true })) && isValid(items);
  });
const areDistinct = (items: readonly unknown[]) => new Set(items).size === items.length;

/** What each setting accepts that an admin saves on the plugin's page. */
export const savedSchema: { readonly [Key in keyof AccountSettings]: AnySchema } = {
  linking,
  requireVerifiedEmail: boolean,
  requiredGroups: boundedList(boundedText(), GROUPS),
  roles: boundedList(
    yup.object({ group: boundedText(), role: boundedText() }).required().noUnknown(),
    'a list of { group, role }, each group at most once',
    (items: { group: string }[]) => areDistinct(items.map(({ group }) => group)),
  ),
  attributes: boundedList(
    yup.object({ claim: boundedText(), field: boundedText() }).required().noUnknown(),
    'a list of { claim, field }, each field at most once, without protected fields',
    (items: { field: string }[]) =>
      areDistinct(items.map(({ field }) => field)) &&
      !items.some(({ field }) => isProtectedField(field)),
  ),
  username: boundedList(boundedText(), USERNAME, isNotEmpty),
  syncOnLogin: boolean,
};

/** The mistake in the value of a setting: the value, unless it is a secret, and what is expected. */
export function findMistake(schema: AnySchema, value: unknown): string | undefined {
  if (schema.isValidSync(value, { strict: true })) return undefined;
  const { expected, secret } = schema.meta() as { expected: string; secret?: boolean };
  return `is ${secret ? `of type ${getTypeName(value)}` : quote(value)}; expected ${expected}`;
}

/** Whether this is the name of a setting on the page. */
export const isSavedKey = (key: string): key is keyof AccountSettings =>
  Object.hasOwn(savedSchema, key);

/** Reads the saved settings. An invalid value is a problem, because the default could let more users log in. */
export function readSaved(stored: unknown): {
  saved: Partial<AccountSettings>;
  problems: Partial<Record<keyof AccountSettings, string>>;
} {
  const saved: Record<string, unknown> = {};
  const problems: Partial<Record<keyof AccountSettings, string>> = {};
  const given = stored ?? {};
  for (const key of Object.keys(savedSchema).filter(isSavedKey)) {
    if (!isObject(given)) {
      problems[key] = 'what was saved on the page of the plugin cannot be read';
    } else if (Object.hasOwn(given, key) && given[key] !== null) {
      const mistake = findMistake(savedSchema[key], given[key]);
      if (mistake === undefined) saved[key] = given[key];
      else problems[key] = `${key}, as saved, ${mistake}`;
    }
  }
  return { saved, problems };
}
