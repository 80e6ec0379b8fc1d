import type { SettingsChange, SettingsView } from '../../server/admin-contract';
import { type ErrorResponse, callAdmin } from '../support/admin';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withClockAhead } from '../support/fixtures';
import { FRONT_END, type Site, connectPool, startSite } from '../support/site';
import {
  exchangeIdToken,
  issueJwt,
  link,
  addPoolUser,
  createRole,
  createUser,
  getUser,
} from '../support/users';

const SCHEMA = 'src/extensions/users-permissions/content-types/user/schema.json';
const userSchema = {
  kind: 'collectionType',
  collectionName: 'up_users',
  info: { name: 'user', singularName: 'user', pluralName: 'users', displayName: 'User' },
  attributes: {
    username: { type: 'string', minLength: 3, unique: true, required: true },
    email: { type: 'email', minLength: 6, required: true },
    provider: { type: 'string' },
    password: { type: 'password', private: true },
    resetPasswordToken: { type: 'string', private: true },
    confirmationToken: { type: 'string', private: true },
    confirmed: { type: 'boolean', default: false },
    blocked: { type: 'boolean', default: false },
    role: {
      type: 'relation',
      relation: 'manyToOne',
      target: 'plugin::users-permissions.role',
      inversedBy: 'users',
    },
    firstName: { type: 'string' },
    apiToken: { type: 'string' },
    tags: { type: 'json' },
  },
};

let site: Site;
let token: string;
let secret: string;
/** All response bodies of the admin API in these tests. */
const answers: string[] = [];

beforeAll(async () => {
  site = await startSite({ files: { [SCHEMA]: JSON.stringify(userSchema) } });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  token = await site.strapi.admin();
  secret = site.pool.client.clientSecret ?? '';
  for (const type of ['editor', 'viewer']) await createRole(site, type);
});

beforeEach(async () => {
  await site.clearUsers();
  await store({});
});

async function call<Body>(method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown) {
  const answer = await callAdmin<Body>(site, token, method, path, body);
  answers.push(answer.text);
  return answer;
}

async function view(): Promise<SettingsView> {
  const { status, body } = await call<SettingsView>('GET', '/settings');
  expect(status).toBe(200);
  return body;
}

async function save(change: SettingsChange): Promise<SettingsView> {
  const { status, body } = await call<SettingsView>('PUT', '/settings', change);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
}

/** Writes into the store, bypassing all checks. */
function store(value: unknown): Promise<void> {
  return site.strapi.run(async (strapi, arg) => {
    const settings = strapi.store({ type: 'plugin', name: 'cognito', key: 'settings' });
    await settings.set({ value: arg });
  }, value);
}

const stored = () =>
  site.strapi.run((strapi) =>
    strapi.store({ type: 'plugin', name: 'cognito', key: 'settings' }).get(),
  );

const inGroups = (...groups: string[]) => addPoolUser(site, { groups });
const loginAs = async (name: string) =>
  getUser(site, expectLoggedIn(await exchangeIdToken(site, name)).user.id);

describe('the view', () => {
  test('shows the current values and their sources', async () => {
    const { pool } = site;
    expect(await view()).toEqual({
      enabled: true,
      problems: [],
      everUsed: false,
      connection: {
        domain: { value: pool.origin, source: 'providers-page', locked: false },
        clientId: { value: pool.client.clientId, source: 'providers-page', locked: false },
        clientSecret: { value: 'set', source: 'providers-page', locked: false },
        userPool: { value: pool.jwksUrl, source: 'providers-page', locked: false },
        callback: { value: FRONT_END, source: 'providers-page', locked: false },
        scope: { value: ['openid', 'email', 'profile'], source: 'default', locked: false },
      },
      urls: { callback: site.strapi.redirectUri, signOut: [new URL(FRONT_END).origin] },
      issuer: {
        canonical: pool.issuer,
        accepted: expect.arrayContaining([pool.issuer]) as string[],
        jwksUrl: pool.jwksUrl,
        source: 'providers-page',
      },
      accounts: {
        linking: { value: 'explicit', source: 'default', locked: false },
        requireVerifiedEmail: { value: true, source: 'default', locked: false },
        requiredGroups: { value: [], source: 'default', locked: false },
        roles: { value: [], source: 'default', locked: false },
        attributes: { value: [], source: 'default', locked: false },
        username: {
          value: ['preferred_username', 'cognito:username'],
          source: 'default',
          locked: false,
        },
        syncOnLogin: { value: true, source: 'default', locked: false },
      },
      defaults: expect.objectContaining({ linking: 'explicit', roles: [] }) as object,
      functions: [],
      roles: expect.arrayContaining([
        { type: 'authenticated', name: 'Authenticated' },
        { type: 'public', name: 'Public' },
        { type: 'editor', name: 'editor' },
      ]) as object,
      fields: [{ name: 'firstName', type: 'string' }],
    });
  });

  test('names what is missing', async () => {
    await site.strapi.setGrant({ key: '' });
    const { problems, issuer, connection } = await view();
    expect(problems).toEqual([{ code: 'clientId.missing', message: 'Client ID is missing' }]);
    expect(issuer).toBeNull();
    expect(connection.clientId).toEqual({ value: null, source: 'default', locked: false });
    await site.strapi.setGrant({ key: site.pool.client.clientId });
  });
});

describe('what is saved applies to the next login', () => {
  test('groups and roles, in their order although they are numbers', async () => {
    const roles = [
      { group: '20', role: 'viewer' },
      { group: '10', role: 'editor' },
    ];
    const { accounts } = await save({ roles });
    expect(accounts.roles).toEqual({ value: roles, source: 'saved', locked: false });
    expect((await loginAs(inGroups('10', '20'))).role?.type).toBe('viewer');
    expect((await loginAs(inGroups('10'))).role?.type).toBe('editor');
    expect((await loginAs(inGroups())).role?.type).toBe('authenticated');
    await save({ roles: [...roles].reverse() });
    expect((await loginAs(inGroups('10', '20'))).role?.type).toBe('editor');
    expect((await view()).accounts.roles.value).toEqual([...roles].reverse());
  });

  test('attributes, and whether they are updated', async () => {
    await save({ attributes: [{ claim: 'given_name', field: 'firstName' }] });
    const name = addPoolUser(site);
    const firstNameAfter = async (given_name: string) => {
      const { user } = expectLoggedIn(await exchangeIdToken(site, name, { given_name }));
      return (await getUser(site, user.id)).firstName;
    };
    expect(await firstNameAfter('Ann')).toBe('Ann');
    expect(await firstNameAfter('Anna')).toBe('Anna');
    await save({ syncOnLogin: false });
    expect(await firstNameAfter('Annabel')).toBe('Anna');
  });

  test('required groups', async () => {
    await save({ requiredGroups: ['staff'] });
    expectRefusal(await exchangeIdToken(site, inGroups('guests')), 'group_required');
    await loginAs(inGroups('guests', 'staff'));
  });

  test('linking', async () => {
    const jwt = await issueJwt(site, await createUser(site));
    const linked = async () => {
      const claims = site.pool.idClaims(addPoolUser(site));
      return link(site, jwt, { id_token: site.pool.sign({ claims }) });
    };
    await save({ linking: 'never' });
    expectRefusal(await linked(), 'invalid_request');
    await save({ linking: null });
    expect((await linked()).status).toBe(200);
  });

  test('whether an email must be verified', async () => {
    const unverified = () =>
      addPoolUser(site, { attributes: { email: 'new@example.com', email_verified: false } });
    expectRefusal(await exchangeIdToken(site, unverified()), 'email_not_verified');
    await save({ requireVerifiedEmail: false });
    expect((await loginAs(unverified())).confirmed).toBe(false);
  });

  test('the claims of the username', async () => {
    await save({ username: ['nickname', 'email'] });
    const { body } = await exchangeIdToken(site, addPoolUser(site), { nickname: 'Nick' });
    expect(body.user?.username).toBe('Nick');
  });
});

describe('saving', () => {
  test('changes only the sent settings; null restores the default', async () => {
    await save({ linking: 'never', requiredGroups: ['staff'] });
    const { accounts } = await save({ linking: null, syncOnLogin: false });
    expect(accounts.linking).toEqual({ value: 'explicit', source: 'default', locked: false });
    expect(accounts.requiredGroups.value).toEqual(['staff']);
    expect(await stored()).toEqual({ requiredGroups: ['staff'], syncOnLogin: false });
  });

  test('is not lost if many save at the same time', async () => {
    const changes: SettingsChange[] = [
      { linking: 'never' },
      { requiredGroups: ['staff'] },
      { username: ['email'] },
      { syncOnLogin: false },
      { requireVerifiedEmail: false },
    ];
    await Promise.all(changes.map(save));
    expect(await stored()).toEqual(Object.assign({}, ...changes));
    expect((await view()).accounts.syncOnLogin.value).toBe(false);
  });

  test.each<[string, string, unknown, RegExp]>([
    ['an unknown key', 'enabled', true, /is not a setting; expected one of linking, /],
    ['a key of the connection', 'clientSecret', 'x', /is not a setting/],
    ['an inherited key', 'constructor', 'x', /is not a setting/],
    ['a wrong value', 'linking', 'always', /is "always"; expected one of "never", /],
    ['a wrong list', 'requiredGroups', [1], /is \[1\]; expected a list of Cognito groups/],
    ['an object for a list', 'roles', { admins: 'editor' }, /expected a list of \{ group, role \}/],
    ['an unknown role', 'roles', [{ group: 'a', role: 'ghost' }], /no role of type "ghost"/],
    [
      'a protected field',
      'attributes',
      [{ claim: 'a', field: 'role' }],
      /without protected fields/,
    ],
    ['a field of tokens', 'attributes', [{ claim: 'a', field: 'apiToken' }], /protected/],
    ['an unknown field', 'attributes', [{ claim: 'a', field: 'x' }], /"x" is not a field/],
    ['a field of json', 'attributes', [{ claim: 'a', field: 'tags' }], /of type json/],
    ['no username', 'username', [], /not empty/],
  ])('refuses %s', async (_, key, value, message) => {
    const change = { syncOnLogin: false, [key]: value };
    const { status, body } = await call<ErrorResponse>('PUT', '/settings', change);
    expect(status).toBe(400);
    expect(body.error.name).toBe('ValidationError');
    expect(body.error.details.errors).toEqual([
      { path: [key], message: expect.stringMatching(message) as string },
    ]);
    expect(await stored()).toEqual({});
  });

  test('names every invalid key', async () => {
    const { body } = await call<ErrorResponse>('PUT', '/settings', {
      linking: 1,
      username: 2,
      x: 3,
    });
    expect(body.error.details.errors?.map(({ path }) => path)).toEqual([
      ['linking'],
      ['username'],
      ['x'],
    ]);
  });

  test.each([[[]], ['text'], [null]])('rejects %j instead of an object', async (change) => {
    expect((await call('PUT', '/settings', change)).status).toBe(400);
    expect(await stored()).toEqual({});
  });
});

describe('a setting that is no longer valid', () => {
  test('in the store blocks all logins, and is named', async () => {
    await store({ requiredGroups: 'staff', syncOnLogin: false });
    expectRefusal(await exchangeIdToken(site, addPoolUser(site)), 'not_configured');
    const { problems } = await view();
    expect(problems).toMatchObject([
      {
        code: 'saved',
        message: expect.stringMatching(/^requiredGroups, as saved, is "staff"/) as string,
      },
    ]);
    // Saving another setting does not remove it.
    await save({ linking: 'never' });
    expectRefusal(await exchangeIdToken(site, addPoolUser(site)), 'not_configured');
    await save({ requiredGroups: [] });
    await loginAs(addPoolUser(site));
    expect(await stored()).toEqual({ requiredGroups: [], syncOnLogin: false, linking: 'never' });
  });

  test('because its role or field was deleted is an error at startup, and refuses the users concerned', async () => {
    await store({
      roles: [{ group: 'staff', role: 'ghost' }],
      attributes: [{ claim: 'given_name', field: 'gone' }],
    });
    await site.strapi.forgetLogs();
    await site.strapi.restart();
    const logs = (await site.strapi.allLogs()).join('\n');
    expect(logs).toMatch(/error.*users\.attributes: "gone" is not a field/);
    expect(logs).toMatch(/error.*users\.roles: there is no role of type "ghost"/);
    expectRefusal(await exchangeIdToken(site, inGroups('staff')), 'not_configured');
    expect((await loginAs(inGroups('others'))).role?.type).toBe('authenticated');
  });
});

test('what another instance saves applies within ten seconds', async () => {
  await view();
  // Written without this instance, which gets no event.
  await site.strapi.run(async (strapi) => {
    const table = (
      strapi.db.connection as unknown as (name: string) => {
        where(row: object): { update(row: object): Promise<number> };
      }
    )('strapi_core_store_settings');
    const row = table.where({ key: 'plugin_cognito_settings' });
    await row.update({ value: JSON.stringify({ requiredGroups: ['staff'] }) });
  });
  const login = () => exchangeIdToken(site, addPoolUser(site));
  expectRefusal(await withClockAhead(site, 10, login), 'group_required');
});

test('a detected issuer can be forgotten, and is detected again', async () => {
  await site.strapi.setGrant({ jwksurl: '' });
  expect((await view()).issuer).toBeNull();
  expectLoggedIn(await site.loginAs('ann'));
  expect((await view()).issuer).toMatchObject({ canonical: site.pool.issuer, source: 'learned' });

  const { status, body } = await call<SettingsView>('DELETE', '/issuer');
  expect([status, body.issuer]).toEqual([200, null]);
  expectRefusal(await exchangeIdToken(site, 'ann'), 'not_configured');
  expect((await call<SettingsView>('DELETE', '/issuer')).status).toBe(200);

  expectLoggedIn(await site.loginAs('ann'));
  expect((await view()).issuer?.source).toBe('learned');
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

test('the config files lock what they set, that of the environment too', async () => {
  const env = `module.exports = ({ env }) => ({ cognito: { config: {
    connection: { clientSecret: env('OF_THE_ENVIRONMENT') },
    users: { linking: 'never', username: undefined },
  } } });`;
  await site.strapi.restart({
    files: {
      [SCHEMA]: JSON.stringify(userSchema),
      'config/env/test/plugins.js': env,
    },
    env: { OF_THE_ENVIRONMENT: `${secret}-of-the-environment` },
    cognito: `{
      connection: { scope: ['openid', 'email'] },
      users: { linking: 'explicit', username: ['email'], roles: { staff: 'editor' }, resolveRole: () => null },
    }`,
  });
  const { accounts, connection, functions } = await view();
  expect(connection.clientSecret).toEqual({
    value: 'set',
    source: 'config',
    locked: true,
  });
  expect(connection.scope).toEqual({ value: ['openid', 'email'], source: 'config', locked: true });
  expect(accounts.linking).toEqual({ value: 'never', source: 'config', locked: true });
  expect(accounts.username).toEqual({ value: ['email'], source: 'config', locked: true });
  const roles = [{ group: 'staff', role: 'editor' }];
  expect(accounts.roles).toEqual({ value: roles, source: 'config', locked: true });
  expect(accounts.syncOnLogin.locked).toBe(false);
  expect(functions).toEqual(['resolveRole']);

  const { status, body } = await call<ErrorResponse>('PUT', '/settings', { linking: 'explicit' });
  expect([status, body.error.details.errors]).toEqual([
    400,
    [{ path: ['linking'], message: 'is set in a config file, which wins' }],
  ]);
  await store({ roles: [{ group: 'staff', role: 'viewer' }], syncOnLogin: false });
  expect((await view()).accounts.syncOnLogin.source).toBe('saved');
  expect((await loginAs(inGroups('staff'))).role?.type).toBe('editor');
});

test('no response has contained a secret', async () => {
  await connectPool(site);
  await view();
  expect(answers.length).toBeGreaterThan(30);
  expect(secret).not.toBe('');
  expect(answers.filter((text) => text.includes(secret))).toEqual([]);
});
