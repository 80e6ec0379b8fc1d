import { mapProfile } from '../../server/accounts/profile';
import { checkConfig } from '../../server/settings/config';
import type { Settings } from '../../server/settings/settings';
import type { Strapi } from '../../server/strapi';
import { expectLoggedIn } from '../support/assertions';
import { extendedUser } from '../support/app-files';
import { type Answer, type Site, startSite } from '../support/site';
import {
  HOOKED_USERS,
  exchangeIdToken,
  addPoolUser,
  createUser,
  setHooks,
  getUser,
  warnings,
  withUsers,
} from '../support/users';

/** The fields that an app adds to users. */
const MORE_FIELDS = {
  firstName: { type: 'string' },
  nick: { type: 'string', minLength: 2, maxLength: 10 },
  notes: { type: 'text' },
  age: { type: 'integer', min: 0, max: 150 },
  points: { type: 'biginteger' },
  ratio: { type: 'float' },
  price: { type: 'decimal' },
  vip: { type: 'boolean' },
  born: { type: 'date' },
  seenAt: { type: 'datetime' },
  plan: { type: 'enumeration', enum: ['free', 'pro'] },
  badge: { type: 'string', unique: true },
  level: { type: 'string', default: 'basic' },
  apiToken: { type: 'string' },
  meta: { type: 'json' },
  friend: {
    type: 'relation',
    relation: 'oneToOne',
    target: 'plugin::users-permissions.user',
  },
} as const;

const ATTRIBUTES = {
  given_name: 'firstName',
  nickname: 'nick',
  'custom:notes': 'notes',
  'custom:age': 'age',
  'custom:points': 'points',
  'custom:ratio': 'ratio',
  'custom:price': 'price',
  'custom:vip': 'vip',
  birthdate: 'born',
  updated_at: 'seenAt',
  'custom:plan': 'plan',
  'custom:badge': 'badge',
  'custom:level': 'level',
} as const;

const createConfig = (attributes: object) =>
  `{ users: Object.assign(${HOOKED_USERS}, { resolveRole: undefined, attributes: ${JSON.stringify(attributes)} }) }`;

let site: Site;

beforeAll(async () => {
  site = await startSite({
    cognito: createConfig(ATTRIBUTES),
    files: extendedUser(MORE_FIELDS),
  });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(async () => {
  await site.clearUsers();
  await setHooks(site, {});
  await site.strapi.forgetLogs();
});

const userAfter = async (login: Promise<Answer> | Answer) =>
  getUser(site, expectLoggedIn(await login).user.id);

const setAttributes = (name: string, attributes: Record<string, unknown>) =>
  Object.assign(site.pool.user(name).attributes, attributes);

/** Claims of every type, and the resulting fields. */
const CLAIMS = {
  given_name: 'Zoë 日本 👩‍🚀',
  nickname: 'zo',
  'custom:notes': 'n'.repeat(1_000),
  'custom:age': '42',
  'custom:points': '9007199254740991',
  'custom:ratio': '0.125',
  'custom:price': '19.99',
  'custom:vip': 'true',
  birthdate: '2000-02-29',
  updated_at: 1_700_000_000,
  'custom:plan': 'pro',
  'custom:badge': 'B-1',
  'custom:level': 'gold',
};
const FIELDS = {
  firstName: 'Zoë 日本 👩‍🚀',
  nick: 'zo',
  notes: 'n'.repeat(1_000),
  age: 42,
  points: '9007199254740991',
  ratio: 0.125,
  price: 19.99,
  vip: true,
  born: '2000-02-29',
  seenAt: '2023-11-14T22:13:20.000Z',
  plan: 'pro',
  badge: 'B-1',
  level: 'gold',
};
const OTHER_CLAIMS = {
  given_name: 'Eva',
  nickname: 'ev',
  'custom:notes': 'other',
  'custom:age': '0',
  'custom:points': '-1',
  'custom:ratio': '-1.5',
  'custom:price': '0',
  'custom:vip': 'false',
  birthdate: '1999-12-31',
  updated_at: 1_700_000_001,
  'custom:plan': 'free',
  'custom:badge': 'B-2',
  'custom:level': 'silver',
};
const OTHER_FIELDS = {
  firstName: 'Eva',
  nick: 'ev',
  notes: 'other',
  age: 0,
  points: '-1',
  ratio: -1.5,
  price: 0,
  vip: false,
  born: '1999-12-31',
  seenAt: '2023-11-14T22:13:21.000Z',
  plan: 'free',
  badge: 'B-2',
  level: 'silver',
};

describe('attributes', () => {
  test('fill a new user’s fields, each by its type', async () => {
    const user = await userAfter(exchangeIdToken(site, addPoolUser(site, { attributes: CLAIMS })));
    expect(user).toMatchObject(FIELDS);
    expect(await warnings(site)).toEqual([]);
  });

  test('are rounded to the digits of the column', async () => {
    const attributes = { 'custom:price': '0.126', 'custom:points': '12' };
    const name = addPoolUser(site, { attributes });
    const user = await userAfter(exchangeIdToken(site, name));
    expect(user).toMatchObject({ price: 0.13, points: '12' });
    expect(await userAfter(exchangeIdToken(site, name))).toEqual(user);
  });

  test('are updated at each login', async () => {
    const name = addPoolUser(site, { attributes: CLAIMS });
    await exchangeIdToken(site, name);
    setAttributes(name, OTHER_CLAIMS);
    expect(await userAfter(exchangeIdToken(site, name))).toMatchObject(OTHER_FIELDS);
    expect(await userAfter(site.loginAs(name))).toMatchObject(OTHER_FIELDS);
    expect(await warnings(site)).toEqual([]);
  });

  const ABSENT = Object.fromEntries(Object.keys(CLAIMS).map((claim) => [claim, undefined]));
  const NULLS = Object.fromEntries(Object.keys(CLAIMS).map((claim) => [claim, null]));
  const EMPTY = {
    ...Object.fromEntries(Object.keys(FIELDS).map((field) => [field, null])),
    // A field with a default gets the default.
    level: 'basic',
  };

  test.each([
    ['not there', ABSENT],
    ['null', NULLS],
  ])('of claims that are %s are cleared', async (_, gone) => {
    const name = addPoolUser(site, { attributes: CLAIMS });
    await exchangeIdToken(site, name);
    setAttributes(name, { ...gone, given_name: 'New' });
    const cleared = await userAfter(exchangeIdToken(site, name));
    expect(cleared).toMatchObject({ ...EMPTY, firstName: 'New' });
    expect(await userAfter(site.loginAs(name))).toEqual(cleared);
    const fresh = addPoolUser(site, { attributes: { ...gone, given_name: 'New' } });
    expect(await userAfter(exchangeIdToken(site, fresh))).toMatchObject({
      ...EMPTY,
      firstName: 'New',
    });
    expect(await warnings(site)).toEqual([]);
  });

  test('that a Cognito access token does not contain are kept', async () => {
    const name = addPoolUser(site, { attributes: CLAIMS });
    await exchangeIdToken(site, name);
    await setHooks(site, { mapProfile: () => ({ apiToken: null, nick: null }) });
    setAttributes(name, { ...ABSENT, given_name: 'New' });
    const { access_token } = site.pool.tokensFor(name);
    const user = await userAfter(site.exchangeByPost({ access_token }));
    expect(user).toMatchObject({ ...FIELDS, firstName: 'New' });
  });

  test('that two claims fill are cleared when both are gone', async () => {
    const attributes = { given_name: 'firstName', name: 'firstName' };
    await withUsers(site, { attributes }, async () => {
      const name = addPoolUser(site, { attributes: { given_name: 'Zoë', name: undefined } });
      expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ firstName: 'Zoë' });
      setAttributes(name, { given_name: undefined, name: 'Zoë B.' });
      expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ firstName: 'Zoë B.' });
      setAttributes(name, { name: undefined });
      expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ firstName: null });
    });
  });

  test('that are required and have no default keep their value, with one warning', async () => {
    const attributes = { firstName: { type: 'string', required: true }, nick: { type: 'string' } };
    const warn = jest.fn();
    const strapi = { contentType: () => ({ attributes }), log: { warn } } as unknown as Strapi;
    const users = { attributes: [], mapProfile: () => ({ firstName: null, nick: null }) };
    const name = { claims: {}, complete: true };
    const map = () => mapProfile(strapi, name, users as unknown as Settings['users']);
    expect(await map()).toEqual({ nick: null });
    expect(await map()).toEqual({ nick: null });
    // The schema does not change between two logins.
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/"firstName": is required and has no default/),
    );
  });

  test('that are the same again write nothing', async () => {
    const name = addPoolUser(site, { attributes: CLAIMS });
    const user = await userAfter(exchangeIdToken(site, name));
    expect(await userAfter(exchangeIdToken(site, name))).toEqual(user);
  });

  test('of a linked local user are updated too', async () => {
    await site.strapi.advanced({ email_confirmation: true });
    const { id, email } = await createUser(site, {
      firstName: 'Old',
      nick: 'old',
      apiToken: 'kept',
    });
    const name = addPoolUser(site, { attributes: { email, given_name: 'New' } });
    await withUsers(site, { linking: 'verified-email' }, async () => {
      const user = await userAfter(exchangeIdToken(site, name));
      expect(user).toMatchObject({ id, firstName: 'New', nick: null, provider: 'local' });
      // Fields without a mapping do not change.
      expect(user.apiToken).toBe('kept');
    });
    await site.strapi.advanced({ email_confirmation: false });
  });

  test('are not updated with users.syncOnLogin off', async () => {
    const name = addPoolUser(site, { attributes: CLAIMS });
    await withUsers(site, { syncOnLogin: false }, async () => {
      const user = await userAfter(exchangeIdToken(site, name));
      expect(user).toMatchObject(FIELDS);
      setAttributes(name, OTHER_CLAIMS);
      expect(await userAfter(exchangeIdToken(site, name))).toEqual(user);
    });
    expect(await userAfter(exchangeIdToken(site, name))).toMatchObject(OTHER_FIELDS);
  });

  test.each<[keyof typeof ATTRIBUTES, unknown]>([
    ['given_name', ['secret-value']],
    ['given_name', { secret: 'secret-value' }],
    ['given_name', 'secret-value'.repeat(30)],
    ['given_name', 'secret-value\0'],
    ['nickname', 's'],
    ['nickname', 'secret-value'],
    ['custom:age', 'secret-value'],
    ['custom:age', '1.5'],
    ['custom:age', '-1'],
    ['custom:age', '151'],
    ['custom:age', 1e99],
    ['custom:age', ''],
    ['custom:points', '9223372036854775808'],
    ['custom:ratio', 'NaN'],
    ['custom:ratio', 'Infinity'],
    ['custom:price', '100000000'],
    ['custom:price', 1e30],
    ['custom:vip', 'yes'],
    ['custom:vip', 1],
    ['birthdate', '2001-02-29'],
    ['birthdate', '29.02.2000'],
    ['birthdate', '0000'],
    ['updated_at', 'secret-value'],
    ['updated_at', 1e300],
    ['custom:plan', 'secret-value'],
    ['custom:plan', 'PRO'],
    ['custom:badge', 7],
  ])('that are invalid are left out (%s: %j), and the login succeeds', async (claim, value) => {
    const name = addPoolUser(site, { attributes: CLAIMS });
    const before = await userAfter(exchangeIdToken(site, name));
    const field = ATTRIBUTES[claim];

    setAttributes(name, { [claim]: value, 'custom:notes': 'changed' });
    const known = await userAfter(exchangeIdToken(site, name));
    expect(known).toMatchObject({ [field]: before[field], notes: 'changed' });
    const fresh = addPoolUser(site, { attributes: { [claim]: value, 'custom:notes': 'new' } });
    expect(await userAfter(exchangeIdToken(site, fresh))).toMatchObject({
      [field]: null,
      notes: 'new',
    });

    const said = await warnings(site);
    expect(said).toHaveLength(2);
    said.forEach((line) => expect(line).toContain(`claim ${claim} was not copied to "${field}": `));
    expect(said.join('\n')).not.toContain('secret-value');
    expect(said.join('\n')).not.toContain('9223372036854775808');
  });

  test('that must be unique and belong to another user are left out', async () => {
    const [first, second] = [
      addPoolUser(site, { attributes: { 'custom:badge': 'B-7' } }),
      addPoolUser(site, { attributes: { 'custom:badge': 'B-7', given_name: 'Two' } }),
    ];
    expect(await userAfter(exchangeIdToken(site, first))).toMatchObject({ badge: 'B-7' });
    expect(await userAfter(exchangeIdToken(site, second))).toMatchObject({
      badge: null,
      firstName: 'Two',
    });
    setAttributes(second, { 'custom:badge': 'B-8' });
    expect(await userAfter(exchangeIdToken(site, second))).toMatchObject({ badge: 'B-8' });
    setAttributes(second, { 'custom:badge': 'B-7', given_name: 'Three' });
    expect(await userAfter(exchangeIdToken(site, second))).toMatchObject({
      badge: 'B-8',
      firstName: 'Three',
    });

    const said = await warnings(site);
    expect(said).toHaveLength(2);
    said.forEach((line) => expect(line).toContain('"badge" is left out: another user has'));
    expect(said.join('\n')).not.toContain('B-7');
    // The user's own value does not count.
    expect(await userAfter(exchangeIdToken(site, first))).toMatchObject({ badge: 'B-7' });
    expect(await warnings(site)).toHaveLength(2);
  });

  test('that must be unique belong to one user, however many logins have the value at the same time', async () => {
    const people = Array.from({ length: 10 }, (_, index) =>
      addPoolUser(site, { attributes: { 'custom:badge': 'B-9', given_name: `P${index}` } }),
    );
    const withBadge = async (badge: string) =>
      (await site.strapi.users()).filter((user) => user.badge === badge).length;
    await Promise.all(people.map((name) => userAfter(exchangeIdToken(site, name))));
    expect(await withBadge('B-9')).toBe(1);
    // And again, for known users.
    people.forEach((name) => setAttributes(name, { 'custom:badge': 'B-10' }));
    await Promise.all(people.map((name) => userAfter(exchangeIdToken(site, name))));
    expect(await withBadge('B-10')).toBe(1);
  });

  test('are not found on the prototype of the claims', async () => {
    await withUsers(
      site,
      { attributes: { constructor: 'firstName', toString: 'nick' } },
      async () => {
        const user = await userAfter(exchangeIdToken(site, addPoolUser(site)));
        expect(user).toMatchObject({ firstName: null, nick: null });
      },
    );
  });
});

/** The fields for identity, permissions and login of a user. */
const PROTECTED = [
  ...['id', 'role', 'blocked', 'confirmed', 'provider', 'password'],
  ...['resetPasswordToken', 'confirmationToken', 'apiToken', 'email', 'username'],
  ...['createdAt', 'updatedAt', 'createdBy', 'updatedBy'],
];

describe('a protected field', () => {
  test.each(PROTECTED)('(%s) in a map stops the boot', (field) => {
    const config = { users: { attributes: { 'custom:evil': field } } };
    expect(() => checkConfig(config)).toThrow(
      new RegExp(`"users\\.attributes" is .*"${field}".*; expected .* without protected fields`),
    );
  });

  const evil = {
    id: 4711,
    role: 2,
    blocked: true,
    confirmed: false,
    provider: 'local',
    password: 'Password-1',
    resetPasswordToken: 'evil',
    confirmationToken: 'evil',
    apiToken: 'evil',
    email: 'evil@example.com',
    username: 'evil',
    createdAt: '2000-01-01T00:00:00.000Z',
    updatedAt: '2000-01-01T00:00:00.000Z',
    createdBy: 1,
    updatedBy: 1,
    friend: 1,
    meta: { evil: true },
    unknown: 'evil',
    // JSON.parse makes it an own property.
    ['__proto__']: { blocked: true },
  };

  const untouched = (name: string) => ({
    username: name,
    email: `${name}@example.com`,
    provider: 'cognito',
    confirmed: true,
    blocked: false,
    password: null,
    resetPasswordToken: null,
    confirmationToken: null,
    apiToken: null,
    meta: null,
    firstName: 'Fine',
    role: expect.objectContaining({ type: 'authenticated' }) as object,
  });

  test.each<[string, (claims: Record<string, unknown>) => unknown]>([
    ['claims', () => ({})],
    ['mapProfile', (claims) => ({ ...claims, firstName: 'Fine' })],
  ])('cannot be filled by %s, at the first login and later', async (_, mapProfile) => {
    await setHooks(site, { mapProfile });
    const name = addPoolUser(site);
    const change = { ...evil, given_name: 'Fine', email: `${name}@example.com` };
    for (let login = 0; login < 2; login += 1) {
      const user = await userAfter(exchangeIdToken(site, name, change));
      expect(user).toMatchObject(untouched(name));
      expect(user.id).not.toBe(4711);
      expect(user.createdAt).not.toBe(evil.createdAt);
    }
  });

  test('cannot be filled by beforeCreate', async () => {
    await setHooks(site, {
      beforeCreate: (user, claims) => {
        Object.assign(user, claims.evil);
        return { ...(claims.evil as object), firstName: 'Fine' };
      },
    });
    const name = addPoolUser(site);
    const user = await userAfter(exchangeIdToken(site, name, { evil }));
    expect(user).toMatchObject(untouched(name));
    expect(user.id).not.toBe(4711);
    const said = (await warnings(site)).join('\n');
    for (const field of ['password', 'role', 'blocked', 'friend', 'unknown']) {
      expect(said).toContain(`users.beforeCreate was not copied to "${field}": `);
    }
    expect(said).not.toContain('Password-1');
  });
});

// These are the last tests, because they restart Strapi.
describe('a start', () => {
  afterEach(() => site.strapi.restart({ cognito: createConfig(ATTRIBUTES) }));

  test('logs all fields that are unknown or that no claim can fill, and logins leave them out', async () => {
    const attributes = { a: 'nowhere', b: 'friend', c: 'meta', d: 'constructor', e: 'firstName' };
    await site.strapi.restart({ cognito: createConfig(attributes) });
    const errors = (await site.strapi.allLogs()).filter((line) => /error.*\[cognito\]/.test(line));
    expect(errors.map((line) => line.replace(/.*\[cognito\] /, ''))).toEqual([
      'users.attributes: "nowhere" is not a field of the user content type',
      'users.attributes: "friend" is of type relation, which no claim can fill',
      'users.attributes: "meta" is of type json, which no claim can fill',
      'users.attributes: "constructor" is not a field of the user content type',
    ]);
    const name = addPoolUser(site);
    const change = { a: 'a', b: 1, c: { x: 1 }, d: 'd', e: 'Fine' };
    for (let login = 0; login < 2; login += 1) {
      const user = await userAfter(exchangeIdToken(site, name, change));
      expect(user).toMatchObject({ username: name, firstName: 'Fine', meta: null });
    }
  });

  test('is stopped by a protected field', async () => {
    const boot = site.strapi.restart({ cognito: createConfig({ 'custom:x': 'blocked' }) });
    await expect(boot).rejects.toThrow(/"users\.attributes" is \{"custom:x":"blocked"\}/);
  });
});
