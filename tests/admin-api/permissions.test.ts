import type { Action } from '../../server/admin-contract';
import { createAdmin, callAdmin } from '../support/admin';
import { type Site, startSite } from '../support/site';
import { issueJwt, createUser } from '../support/users';

let site: Site;
let superAdmin: string;

beforeAll(async () => {
  site = await startSite();
  superAdmin = await site.strapi.admin();
  await site.loginAs('ann');
});

const ACTIONS: readonly Action[] = [
  'plugin::cognito.settings.read',
  'plugin::cognito.settings.update',
  'plugin::cognito.identities.read',
  'plugin::cognito.identities.unlink',
];

/** Each route, with its permission and its status. */
const routes: readonly [method: 'GET' | 'PUT' | 'DELETE', path: string, Action, number][] = [
  ['GET', '/settings', 'plugin::cognito.settings.read', 200],
  ['PUT', '/settings', 'plugin::cognito.settings.update', 204],
  ['DELETE', '/issuer', 'plugin::cognito.settings.update', 204],
  ['GET', '/identities', 'plugin::cognito.identities.read', 200],
  ['GET', '/logins', 'plugin::cognito.identities.read', 200],
  ['GET', '/logins/csv', 'plugin::cognito.identities.read', 200],
  ['DELETE', '/identities/123456', 'plugin::cognito.identities.unlink', 404],
];

describe.each(routes)('%s %s', (method, path, action, status) => {
  const call = async (token: string | undefined) => {
    const body = method === 'PUT' ? {} : undefined;
    return (await callAdmin(site, token, method, path, body)).status;
  };

  test('rejects visitors and users of the site', async () => {
    expect(await call(undefined)).toBe(401);
    expect(await call('nonsense')).toBe(401);
    expect(await call(await issueJwt(site, await createUser(site)))).toBe(401);
  });

  test(`only requires ${action}`, async () => {
    expect(await call(await createAdmin(site, [action]))).toBe(status);
  });

  test('is rejected with every other permission', async () => {
    const others = ACTIONS.filter((each) => each !== action);
    expect(await call(await createAdmin(site, others))).toBe(403);
    expect(await call(await createAdmin(site, []))).toBe(403);
  });

  test('is open to a super admin', async () => {
    // An admin who may also read the settings sees the current ones.
    expect(await call(superAdmin)).toBe(status === 204 ? 200 : status);
  });
});

test('the roles page offers the four permissions', async () => {
  const headers = { authorization: `Bearer ${superAdmin}` };
  const response = await fetch(`${site.strapi.url}/admin/permissions`, { headers });
  const { data } = (await response.json()) as {
    data: { sections: { plugins: { action: string; subCategory: string }[] } };
  };
  const ours = data.sections.plugins.filter(({ action }) => action.startsWith('plugin::cognito.'));
  expect(ours.map(({ action, subCategory }) => [action, subCategory])).toEqual([
    ['plugin::cognito.settings.read', 'settings'],
    ['plugin::cognito.settings.update', 'settings'],
    ['plugin::cognito.identities.read', 'identities'],
    ['plugin::cognito.identities.unlink', 'identities'],
  ]);
});

test('the content API has none of these routes', async () => {
  const { error } = (await (await fetch(`${site.strapi.url}/api/cognito/settings`)).json()) as {
    error: { status: number };
  };
  expect(error.status).toBe(404);
});
