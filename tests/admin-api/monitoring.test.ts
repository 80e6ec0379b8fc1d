/* Check connection for a cron job: a Strapi API token with that permission, without an administrator's password. */
import { callAdmin } from '../support/admin';
import { expectLoggedIn } from '../support/assertions';
import { type Site, startSite } from '../support/site';
import { exchangeIdToken, addPoolUser } from '../support/users';

let site: Site;
let admin: string;

const ACTION = 'plugin::cognito.diagnostics.find';

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  admin = await site.strapi.admin();
});

afterAll(() => site.stop());

async function apiToken(permissions: readonly string[]): Promise<string> {
  const response = await fetch(`${site.strapi.url}/admin/api-tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: `monitoring ${permissions.join()}`,
      description: '',
      type: 'custom',
      lifespan: null,
      permissions,
    }),
  });
  const { data } = (await response.json()) as { data: { accessKey: string } };
  return data.accessKey;
}

async function diagnostics(token?: string): Promise<{ status: number; body: unknown }> {
  const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
  const response = await fetch(`${site.strapi.url}/api/cognito/diagnostics`, { headers });
  return { status: response.status, body: await response.json() };
}

test('a token with the permission gets the same as the admin page', async () => {
  const { status, body } = await diagnostics(await apiToken([ACTION]));
  const page = await callAdmin<{ checks: { id: string; code: string }[] }>(
    site,
    admin,
    'GET',
    '/diagnostics',
  );
  expect(status).toBe(200);
  const { checks } = body as typeof page.body & { checks: { id: string }[] };
  const pageChecks = (page.body as { checks: { id: string }[] }).checks;
  expect(checks.map(({ id }) => id)).toEqual(pageChecks.map(({ id }) => id));
});

test('a token without it, a visitor and an end user get nothing', async () => {
  expect((await diagnostics(await apiToken(['plugin::cognito.login.logout']))).status).toBe(403);
  expect((await diagnostics()).status).toBe(403);
  const { jwt } = expectLoggedIn(await exchangeIdToken(site, addPoolUser(site)));
  expect((await diagnostics(jwt)).status).toBe(403);
});

test('an end user gets nothing, even if an administrator gives their role the permission', async () => {
  await site.strapi.run(async (strapi, action: string) => {
    const role = await strapi.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'authenticated' } });
    await strapi.db
      .query('plugin::users-permissions.permission')
      .create({ data: { action, role: role?.id } });
  }, ACTION);
  const { jwt } = expectLoggedIn(await exchangeIdToken(site, addPoolUser(site)));
  expect((await diagnostics(jwt)).status).toBe(403);
});
