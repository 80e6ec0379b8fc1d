import type { SettingsView } from '../../server/admin-contract';
import { adminWith, callAdmin } from '../support/admin';
import { type Site, startSite } from '../support/site';

// PUT /settings answered all settings to an admin who may change them and not read them.

const EDIT = 'plugin::cognito.settings.update';
const READ = 'plugin::cognito.settings.read';

let site: Site;
let superAdmin: string;

beforeAll(async () => {
  site = await startSite();
  superAdmin = await site.strapi.admin();
});

afterAll(() => site.stop());

test.each([
  ['PUT', '/settings', {}],
  ['DELETE', '/issuer', undefined],
] as const)('%s %s answers settings to those who may read them', async (method, path, change) => {
  const call = async (token: string) =>
    callAdmin<SettingsView | undefined>(site, token, method, path, change);

  const blind = await call(await adminWith(site, [EDIT]));
  expect([blind.status, blind.text]).toEqual([204, '']);

  const seeing = await call(await adminWith(site, [EDIT, READ]));
  expect(seeing.status).toBe(200);
  expect(seeing.body?.connection.domain.value).toBe(site.pool.origin);
});

test('settings are not cached', async () => {
  const headers = { authorization: `Bearer ${superAdmin}` };
  const response = await fetch(`${site.strapi.url}/cognito/settings`, { headers });
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
});
