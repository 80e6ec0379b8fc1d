import { createAdmin } from '../support/admin';
import { withConfig } from '../support/fixtures';
import { Checker } from '../support/diagnostics';
import { listen } from '../support/loopback-http';
import { type Site, startSite } from '../support/site';

let site: Site;
/** A super admin's token, because Strapi limits how often an admin may log in. */
let token: string;
let checker: Checker;

beforeAll(async () => {
  site = await startSite();
  token = await site.strapi.admin();
  checker = new Checker(site.strapi, token);
});

beforeEach(() => site.pool.forgetRequests());

afterEach(() => site.pool.clearChanges());

const addresses = ['', '/host-uri', '/nothing'];

test.each(addresses)('%j is for admins: without a login 401', async (path) => {
  const response = await fetch(`${site.strapi.url}/cognito/diagnostics${path}`);
  expect(response.status).toBe(401);
});

test.each(addresses)('%j is not for users of the site', async (path) => {
  const { jwt } = (await site.loginAs('ann')).body;
  site.pool.forgetRequests();
  const response = await new Checker(site.strapi, jwt ?? '').get(path);
  expect(response.status).toBe(401);
  expect(site.pool.requests).toEqual([]);
});

test.each(addresses)('%j needs the permission to read the settings', async (path) => {
  const theirs = await createAdmin(site, ['plugin::cognito.identities.read']);
  expect((await new Checker(site.strapi, theirs).get(path)).status).toBe(403);
  expect(site.pool.requests).toEqual([]);
});

test('with only that permission all checks run, and the response is not cached', async () => {
  const theirs = await createAdmin(site, ['plugin::cognito.settings.read']);
  for (const path of ['', '/client']) {
    const response = await new Checker(site.strapi, theirs).get(path);
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  }
});

test.each(['/nothing', '/constructor', '/__proto__', '/host-uri/x'])('%s is 404', async (path) => {
  expect((await checker.get(path)).status).toBe(404);
});

test('many concurrent requests cause one call to each endpoint', async () => {
  // Slow enough for all to arrive before the first is answered.
  site.pool.injectFault('authorize', { delay: 3500 });
  site.pool.injectFault('token', { delay: 3500 });
  await withConfig(site, {}, async () => {
    const paths = [...Array(20).keys()].map((n) => (n % 2 ? '/callback-url' : ''));
    const answers = await Promise.all(paths.map((path) => checker.get(path)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
  expect(site.pool.count('/oauth2/authorize')).toBe(1);
  expect(site.pool.count('/oauth2/token')).toBe(1);
});

test('no request gets the response to another one', async () => {
  site.pool.injectFault('authorize', { delay: 500 });
  const [, mine, theirs] = await Promise.all([
    checker.all(),
    checker.one('cookies'),
    checker.one('cookies', { 'x-forwarded-proto': 'https' }),
  ]);
  expect([mine.code, theirs.code]).toEqual(['cookies.good', 'cookies.browser-https']);
});

test('no address in the request is called', async () => {
  const bystander = await listen((_, response) => response.end('{}'));
  const { host } = new URL(bystander.origin);
  const headers = { 'x-forwarded-host': host, forwarded: `host=${host}`, origin: bystander.origin };
  const query = `?domain=${host}&subdomain=${host}&url=${bystander.origin}&callback=${bystander.origin}`;
  try {
    expect((await checker.get(query, headers)).status).toBe(200);
    expect((await checker.get(`/host-uri${query}`, headers)).status).toBe(200);
    expect(bystander.requests).toEqual([]);
  } finally {
    await bystander.stop();
  }
});

test('the next check uses a saved change, even while another one is in progress', async () => {
  site.pool.injectFault('authorize', { delay: 1000 });
  const slow = checker.get('/host-uri');
  await site.strapi.setGrant({ enabled: false });
  try {
    expect(await checker.codes('provider')).toEqual(['provider.off']);
  } finally {
    await site.strapi.setGrant({ enabled: true });
    await slow;
  }
});

test('with a host that never responds, all checks end in the time of a call or two', async () => {
  site.pool.injectFault('authorize', { hang: true });
  site.pool.injectFault('token', { hang: true });
  await withConfig(site, { http: { timeout: 300 } }, async () => {
    expect(await checker.codes('host-uri', 'client')).toEqual([
      'host-uri.timeout',
      'skipped.host-uri',
    ]);
  });
});

test('without keys and without a session, the missing keys are reported, even if others need a session', async () => {
  const middlewares = [
    'logger',
    'errors',
    'security',
    'cors',
    'poweredBy',
    'query',
    'body',
    'favicon',
    'public',
  ].map((name) => `strapi::${name}`);
  await site.strapi.restart({ config: { middlewares } });
  expect((await checker.one('app-keys')).code).toBe('app-keys.good');
  await site.strapi.run(async (strapi) => {
    const store = strapi.store({ type: 'plugin', name: 'users-permissions', key: 'grant' });
    const value = (await store.get()) as Record<string, object>;
    await store.set({ value: { ...value, github: { ...value.github, enabled: true } } });
  });
  expect(await checker.one('app-keys')).toMatchObject({
    code: 'app-keys.no-session',
    values: { providers: 'github' },
  });
  for (const [keys, code] of [
    [['toBeModified1', 'toBeModified2'], 'app-keys.example'],
    [['a-key', ''], 'app-keys.missing'],
  ] as const) {
    await site.strapi.run((strapi, given) => {
      (strapi.server as { app: { keys: unknown } }).app.keys = given;
    }, keys);
    expect((await checker.one('app-keys')).code).toBe(code);
  }
  await site.strapi.restart({ config: { middlewares, server: { app: { keys: undefined } } } });
  expect((await checker.one('app-keys')).code).toBe('app-keys.missing');
});
