import { Browser, type BrowserResponse } from '../support/browser';
import { callAdmin } from '../support/admin';
import { expectRefusal, expectRefusedHere } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import {
  type Exchanged,
  FRONT_END,
  type Site,
  redirectParameters,
  startSite,
} from '../support/site';

let site: Site;

const TENANT = 'https://tenant-1.example/in';

beforeAll(async () => {
  site = await startSite({
    usersPermissions: `{
      callback: {
        async validate(callback, provider) {
          if (callback === provider.callback || callback.startsWith('https://tenant-')) return;
          throw new Error('not a tenant');
        },
      },
    }`,
  });
});

beforeEach(async () => {
  await site.strapi.setGrant({
    enabled: true,
    key: site.pool.client.clientId,
    callback: FRONT_END,
  });
  await site.strapi.forgetLogs();
});

const SETUPS: readonly (readonly [code: 'provider_disabled' | 'not_configured', grant: object])[] =
  [
    ['provider_disabled', { enabled: false }],
    ['not_configured', { key: '' }],
  ];

const connect = (query: Record<string, string> = {}, options = {}) => {
  const search = new URLSearchParams(query).toString();
  return new Browser().request(`${site.connectUrl}${search && `?${search}`}`, options);
};

function expectAt(frontEnd: string, response: BrowserResponse): Record<string, string> {
  expect(response.status).toBe(302);
  expect(response.location?.split('?')[0]).toBe(frontEnd);
  expect(response.headers['set-cookie'] ?? []).toEqual([]);
  expect(response.headers['cache-control']).toBe('no-store');
  return Object.fromEntries(redirectParameters(response));
}

describe.each(SETUPS)('with %s, a login', (code, grant) => {
  beforeEach(() => site.strapi.setGrant(grant));

  test('redirects to the configured front-end with the code', async () => {
    expect(expectAt(FRONT_END, await connect())).toEqual({
      error: code,
      error_description: expect.stringMatching(/^[A-Z].*\.$/) as string,
    });
    expect((await site.strapi.allLogs()).join('\n')).toMatch(`login refused, ${code}: `);
  });

  test('redirects to the requested front-end, with its state', async () => {
    const parameters = expectAt(TENANT, await connect({ callback: TENANT, state: 'of-the-page' }));
    expect(parameters).toMatchObject({ error: code, state: 'of-the-page' });
  });

  test.each(['x'.repeat(129), 'a b', '<script>'])(
    'returns no invalid state (%s)',
    async (state) => {
      const parameters = expectAt(FRONT_END, await connect({ state }));
      expect(parameters).toEqual({ error: code, error_description: expect.any(String) as string });
    },
  );

  test.each([
    'https://evil.example/',
    'javascript:alert(1)',
    'https://tenant-1.example/?access_token=x',
  ])('does not redirect to a front-end that is not allowed (%s)', async (callback) =>
    expectRefusedHere(await connect({ callback }), code),
  );

  test('is not redirected if the same parameter is sent twice', async () => {
    const query = `?callback=${encodeURIComponent(TENANT)}&callback=${encodeURIComponent(TENANT)}`;
    expectRefusedHere(await new Browser().get(site.connectUrl + query), code);
  });

  test.each(['', 'nonsense', 'https://'])(
    'gets the response from Strapi if no front-end is configured (%j), and otherwise at the requested one',
    async (callback) => {
      await site.strapi.setGrant({ callback });
      expectRefusedHere(await connect(), code);
      expect(expectAt(TENANT, await connect({ callback: TENANT })).error).toBe(code);
    },
  );

  test('keeps the query of the front-end’s URL', async () => {
    await site.strapi.setGrant({ callback: `${FRONT_END}?page=1` });
    expect(expectAt(FRONT_END, await connect())).toMatchObject({ page: '1', error: code });
  });

  test('is recorded and emitted once', async () => {
    await site.clearUsers();
    await site.strapi.run((strapi) => {
      const { eventHub } = strapi as unknown as {
        eventHub: { once(name: string, listener: (event: object) => void): void };
      };
      const told: object[] = [];
      eventHub.once('cognito.refused', (event) => told.push(event));
      Object.assign(globalThis, { told });
    });
    await connect();
    const admin = await site.strapi.admin();
    const { body } = await callAdmin<{ results: object[] }>(site, admin, 'GET', '/logins');
    expect(body.results).toMatchObject([{ step: 'connect', outcome: code, user: null }]);
    const told = await site.strapi.run(() => (globalThis as { told?: object[] }).told);
    expect(told).toEqual([{ code, step: 'connect' }]);
  });

  test('is not a HEAD request', async () => {
    const response = await connect({}, { method: 'HEAD' });
    expect([response.status, response.location]).toEqual([405, undefined]);
  });
});

test('an invalid request is not redirected, with the provider enabled', async () => {
  const response = await connect({ callback: 'https://evil.example/' });
  expect(response.location).toBeUndefined();
  expectRefusal({ status: response.status, body: response.json<Exchanged>() }, 'invalid_request');
});

test('a rate-limited request is not redirected', async () => {
  await withConfig(site, { rateLimit: { enabled: true, failures: 1 } }, async () => {
    await connect({ callback: 'https://evil.example/' });
    await site.strapi.setGrant({ enabled: false });
    const response = await connect();
    expect(response.location).toBeUndefined();
    expect(response.headers['retry-after']).toMatch(/^\d+$/);
    expectRefusal(
      { status: response.status, body: response.json<Exchanged>() },
      'too_many_requests',
    );
  });
});
