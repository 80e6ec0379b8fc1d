import type { ConnectionChange, SettingsView } from '../../server/admin-contract';
import { type ErrorResponse, createAdmin, callAdmin } from '../support/admin';
import { expectLoggedIn } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import { FRONT_END, type Site, startSite } from '../support/site';
import { strapiMajor } from '../support/strapi';

const UPDATE = 'plugin::users-permissions.providers.update';

let site: Site;
let token: string;

interface Row {
  enabled: boolean;
  key: string;
  secret: string;
  subdomain: string;
  callback: string;
  jwksurl?: string;
}

const rows = async () => (await site.strapi.stored('grant')) as Record<string, Row>;
const row = async () => (await rows()).cognito!;

beforeAll(async () => {
  site = await startSite();
  token = await site.strapi.admin();
});

/** The row that users-permissions creates for a new site. */
beforeEach(() =>
  site.strapi.setGrant({
    enabled: false,
    key: '',
    secret: '',
    subdomain: 'my.subdomain.com',
    callback: `${site.strapi.url}/api/auth/cognito/callback`,
    jwksurl: '',
  }),
);

const call = (change: unknown, as = token) =>
  callAdmin<SettingsView>(site, as, 'PUT', '/connection', change);

async function save(change: ConnectionChange): Promise<SettingsView> {
  const { status, body } = await call(change);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
}

const PROTOTYPE: [string, unknown, string, RegExp] = [
  'a prototype',
  JSON.parse('{"__proto__":{"a":1}}'),
  '__proto__',
  /^is not a setting/,
];

/** Expects that nothing is saved, and returns the errors by field. */
async function refusedFor(change: unknown): Promise<Record<string, string | undefined>> {
  const before = await row();
  const { status, body } = await callAdmin<ErrorResponse>(
    site,
    token,
    'PUT',
    '/connection',
    change,
  );
  expect({ status, message: body.error.message }).toEqual({
    status: 400,
    message: 'The connection cannot be saved.',
  });
  expect(await row()).toEqual(before);
  const errors = body.error.details.errors as {
    path: string[];
    message: string;
    code?: string;
  }[];
  return Object.fromEntries(
    errors.map(({ path, message, code }) => [path[0] ?? '', code ?? message] as const),
  );
}

const complete = (): ConnectionChange => ({
  enabled: true,
  clientId: site.pool.client.clientId,
  clientSecret: site.pool.client.clientSecret ?? '',
  domain: site.pool.origin,
  callback: FRONT_END,
});

test('a new site has examples, which do not count as values', async () => {
  const { body } = await callAdmin<SettingsView>(site, token, 'GET', '/settings');
  expect(body.connection).toMatchObject({
    clientId: { value: null },
    domain: { value: null },
    callback: { value: null },
    userPool: { value: null },
  });
  expect(body.everUsed).toBe(false);
  expect(body.problems.map(({ code }) => code)).toEqual(['domain.missing', 'clientId.missing']);
});

test('it is saved in the row of the Providers page, and a login works immediately', async () => {
  const others = { ...(await rows()), cognito: undefined };
  const view = await save(complete());
  expect(view).toMatchObject({ enabled: true, problems: [] });
  const { enabled, key, secret, subdomain, callback } = await row();
  expect({ enabled, clientId: key, clientSecret: secret, domain: subdomain, callback }).toEqual(
    complete(),
  );
  expect({ ...(await rows()), cognito: undefined }).toEqual(others);
  expect(JSON.stringify(view)).not.toContain(secret);
  const code = await site.code('ann');
  const wasUsed = async () =>
    (await callAdmin<SettingsView>(site, token, 'GET', '/settings')).body.everUsed;
  // The front-end has not exchanged the code yet.
  expect(await wasUsed()).toBe(false);
  expectLoggedIn(await site.exchange({ access_token: code }));
  expect(await wasUsed()).toBe(true);
  await site.clearUsers();
});

test('only the sent fields change, without surrounding spaces', async () => {
  await save(complete());
  await save({ clientId: '  other \n' });
  expect(await row()).toMatchObject({ key: 'other', secret: complete().clientSecret });
  await save({ clientSecret: '' });
  expect(await row()).toMatchObject({ key: 'other', secret: '' });
});

describe('the user pool', () => {
  test('is an ID, which the Providers page shows as the JWKS URL', async () => {
    const { connection } = await save({ userPool: 'eu-west-1_AbCdEfGhI' });
    const jwksurl =
      'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI/.well-known/jwks.json';
    expect(await row()).toMatchObject({ jwksurl });
    expect(connection.userPool.value).toBe('eu-west-1_AbCdEfGhI');
    // The page of users-permissions and this one always agree.
    await site.strapi.setGrant({ jwksurl: jwksurl.replaceAll('AbCdEfGhI', 'Other') });
    expect((await save({})).connection.userPool.value).toBe('eu-west-1_Other');
  });

  test('may be a JWKS URL, and may be empty', async () => {
    const { connection } = await save({ userPool: site.pool.jwksUrl });
    expect(connection.userPool.value).toBe(site.pool.jwksUrl);
    expect((await save({ userPool: '' })).connection.userPool.value).toBeNull();
  });
});

describe('nothing is saved', () => {
  test.each<[string, ConnectionChange, Record<string, string>]>([
    ['a Host URI with a path', { domain: 'a.example/x' }, { domain: 'domain.invalid' }],
    ['an invalid Host URI', { domain: 'not a host' }, { domain: 'domain.invalid' }],
    ['an invalid user pool', { userPool: 'eu-west-1' }, { userPool: 'userPool.invalid' }],
    [
      'a front-end URL that is a script',
      { callback: 'javascript:alert(1)' },
      { callback: 'callback.invalid' },
    ],
    [
      'several fields at once',
      { callback: 'x', domain: 'http://a.example', clientId: 'good' },
      { callback: 'callback.invalid', domain: 'domain.invalid' },
    ],
    [
      'to enable an incomplete connection',
      { enabled: true, callback: FRONT_END },
      { domain: 'domain.missing', clientId: 'clientId.missing' },
    ],
  ])('of %s', async (_, change, problems) => {
    expect(await refusedFor(change)).toEqual(problems);
  });

  test('that would break an enabled provider', async () => {
    await save(complete());
    expect(await refusedFor({ clientId: ' ' })).toEqual({ clientId: 'clientId.missing' });
    await save({ enabled: false, clientId: '' });
  });

  test.each<[string, unknown, string, RegExp]>([
    ['an unknown key', { grant: 'x' }, 'grant', /^is not a setting/],
    // Strapi 5 itself rejects a body with a prototype.
    ...(strapiMajor === 5 ? [] : [PROTOTYPE]),
    ['a number', { clientId: 1 }, 'clientId', /^expected a text/],
    ['a long text', { clientId: 'x'.repeat(1025) }, 'clientId', /1024/],
    ['a string for a boolean', { enabled: 'true' }, 'enabled', /^expected true or false$/],
  ])('of %s', async (_, change, key, words) => {
    const found = Object.entries(await refusedFor(change));
    expect(found).toEqual([[key, expect.stringMatching(words) as string]]);
  });

  test('that a config file sets; no response contains the secret', async () => {
    const connection = {
      clientId: 'of-config',
      clientSecret: 'hidden',
      userPoolId: 'eu-west-1_A1',
    };
    await withConfig(site, { connection }, async () => {
      const locked = 'is set in a config file, which wins';
      expect(await refusedFor({ clientId: 'x', clientSecret: 'x', userPool: 'x' })).toEqual({
        clientId: locked,
        clientSecret: locked,
        userPool: locked,
      });
      const { body, text } = await callAdmin<SettingsView>(site, token, 'GET', '/settings');
      expect(body.connection.userPool).toEqual({
        value: 'eu-west-1_A1',
        source: 'config',
        locked: true,
      });
      expect(text).not.toContain('hidden');
    });
  });

  test("of another domain for a config file's secret", async () => {
    await withConfig(site, { connection: { clientSecret: 'hidden' } }, async () => {
      expect(await refusedFor({ domain: 'login.evil.example' })).toEqual({
        domain: 'domain.secret',
      });
    });
  });
});

test("only users-permissions' own permission allows it", async () => {
  const others = [
    'plugin::cognito.settings.read',
    'plugin::cognito.settings.update',
    'plugin::users-permissions.roles.update',
  ] as const;
  expect((await call({ enabled: false }, await createAdmin(site, others))).status).toBe(403);
  expect((await call({ enabled: false }, await createAdmin(site, [UPDATE]))).status).toBe(204);
  const reader = await createAdmin(site, [UPDATE, 'plugin::cognito.settings.read']);
  expect((await call({ enabled: false }, reader)).status).toBe(200);
});
