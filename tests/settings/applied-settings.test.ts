import { withClockAhead } from '../support/fixtures';
import { type Site, startSite } from '../support/site';
import { startStrapi } from '../support/strapi';

let site: Site;

beforeAll(async () => {
  site = await startSite({
    cognito: { tokens: { clockTolerance: 60 }, users: { username: ['email', 'nickname'] } },
    files: { 'config/logger.js': "module.exports = { level: 'silly' };" },
  });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

const signed = (changes: object) =>
  site.pool.sign({ claims: { ...site.pool.idClaims('nia'), ...changes } });

test.each([
  [50, 200],
  [70, 401],
])(
  'a token that expired %d s ago is answered %d with a tolerance of 60',
  async (secondsAgo, status) => {
    const exp = Math.floor(Date.now() / 1000) - secondsAgo;
    const answer = await site.exchangeByPost({ id_token: signed({ exp }) });
    expect(answer.status).toBe(status);
  },
);

test('the username comes from the configured claims, in their order', async () => {
  await site.clearUsers();
  const byEmail = await site.exchangeByPost({ id_token: signed({ nickname: 'Nick' }) });
  expect(byEmail.body.user?.username).toBe('nia@example.com');
});

test('what another instance saves applies within ten seconds', async () => {
  // Written without this instance, which gets no event.
  const saveOnOtherInstance = (enabled: boolean) =>
    site.strapi.run(async (strapi, on) => {
      const table = strapi.db.connection('strapi_core_store_settings') as unknown as {
        where(row: object): {
          first(): Promise<{ value: string }>;
          update(row: object): Promise<unknown>;
        };
      };
      const row = table.where({ key: 'plugin_users-permissions_grant' });
      const grant = JSON.parse((await row.first()).value) as { cognito: { enabled: boolean } };
      grant.cognito.enabled = on;
      const again = (strapi.db.connection as unknown as (name: string) => typeof table)(
        'strapi_core_store_settings',
      );
      await again
        .where({ key: 'plugin_users-permissions_grant' })
        .update({ value: JSON.stringify(grant) });
    }, enabled);
  const exchange = () => site.exchangeByPost({ id_token: signed({}) });
  expect((await exchange()).status).toBe(200);
  await saveOnOtherInstance(false);
  const later = await withClockAhead(site, 10, exchange);
  expect(later.body.error?.details.code).toBe('provider_disabled');
  await site.strapi.setGrant({ enabled: true });
  expect((await exchange()).status).toBe(200);
});

test.each([
  ['which calls the controller directly', false],
  ['in a context that the site has derived with a state of its own', true],
])('GraphQL, %s, gets an error that it can show', async (_, isDerived) => {
  const error = await site.strapi.run(async (strapi, derives: boolean) => {
    const auth = (
      strapi.plugin('users-permissions') as unknown as {
        controller(name: string): { callback(ctx: object): Promise<unknown> };
      }
    ).controller('auth');
    const state = { route: { info: { type: 'content-api' } } };
    const ctx = {
      params: { provider: 'cognito' },
      query: { access_token: 'x' },
      req: {},
      // What its mutation `login` sends.
      request: { body: { identifier: 'ann', password: 'x', provider: 'cognito' } },
      state,
      set: () => undefined,
    };
    const { requestContext } = strapi as unknown as {
      requestContext: { run<T>(context: object | undefined, work: () => T): T };
    };
    const derived = Object.create(ctx, { state: { value: {} }, res: { value: {} } }) as object;
    return requestContext
      .run(derives ? derived : undefined, () => auth.callback(ctx))
      .catch((thrown: unknown) => {
        const { name, message, details } = thrown as Error & { details: object };
        return { name, message, details };
      });
  }, isDerived);
  // A Strapi error, whose details GraphQL shows.
  expect(error).toEqual({
    name: 'ApplicationError',
    message: 'A login with Cognito needs the HTTP route /auth/cognito/callback.',
    details: { code: 'invalid_request' },
  });
});

test('the log contains no secret, at any level', async () => {
  const { clientSecret } = site.pool.client;
  const code = await site.code('ann');
  const tokens = site.pool.tokensFor('ann');
  await site.exchange({ access_token: code });
  await site.exchange({ id_token: tokens.id_token });
  await site.exchangeByPost({ access_token: tokens.access_token });
  const logs = (await site.strapi.allLogs()).join('\n');
  expect(logs).toContain('/api/auth/cognito/callback');
  for (const secret of [clientSecret!, code, tokens.id_token, tokens.access_token]) {
    expect(logs).not.toContain(secret);
    expect(logs).not.toContain(encodeURIComponent(secret));
  }
});

test('an invalid setting stops the boot with one message', async () => {
  const boot = startStrapi({ cognito: { users: { linking: 'always' }, http: { timeout: 0 } } });
  const error = (await boot.catch((reason: unknown) => reason)) as Error;
  expect(error.message).toContain(
    'Error regarding cognito config: "users.linking" is "always"; expected one of "never", "explicit", "verified-email"',
  );
  expect(error.message).toContain('"http.timeout" is 0; expected ');
});
