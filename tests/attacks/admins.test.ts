import type { SettingsView } from '../../server/admin-contract';
import { type ErrorResponse, createAdmin, callAdmin } from '../support/admin';
import { expectLoggedIn } from '../support/assertions';
import { type Site, startSite } from '../support/site';
import { exchangeIdToken, addPoolUser, createRole, getUser } from '../support/users';

// What an admin can do who has some of the permissions.

const EDIT = 'plugin::cognito.settings.update';
const READ = 'plugin::cognito.settings.read';
const EDIT_ROLES = 'plugin::users-permissions.roles.update';

let site: Site;
let superAdmin: string;

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  superAdmin = await site.strapi.admin();
});

// An admin who may edit the plugin's settings, and not the roles of users-permissions, maps the group that
// Cognito puts every Google user into to a role of their choice, and logs in with Google.
describe('roles of users', () => {
  const GROUP = 'eu-west-1_AbCdEfGhI_Google';
  const roles = [{ group: GROUP, role: 'editor' }];

  beforeAll(() => createRole(site, 'editor'));

  const save = <Body>(token: string, change: object) =>
    callAdmin<Body>(site, token, 'PUT', '/settings', change);

  const roleOfNewcomer = async () => {
    const name = addPoolUser(site, { groups: [GROUP] });
    const { user } = expectLoggedIn(await exchangeIdToken(site, name));
    return (await getUser(site, user.id)).role?.type;
  };

  test('saving roles with only settings.update is 403, and changes nothing', async () => {
    const token = await createAdmin(site, [EDIT, READ]);
    for (const change of [{ roles }, { roles: null }, { roles: [] }, { linking: 'never', roles }]) {
      const { status, body } = await save<ErrorResponse>(token, change);
      expect(status).toBe(403);
      expect(body.error.name).toBe('ForbiddenError');
      expect(body.error.message).toContain(EDIT_ROLES);
    }
    expect(await roleOfNewcomer()).toBe('authenticated');
    const { body } = await callAdmin<SettingsView>(site, token, 'GET', '/settings');
    expect(body.accounts.linking.source).toBe('default');
  });

  test('it is refused before the body is validated, so no role is revealed', async () => {
    const token = await createAdmin(site, [EDIT]);
    const { status, text } = await save(token, { roles: [{ group: 'x', role: 'ghost' }] });
    expect(status).toBe(403);
    expect(text).not.toContain('editor');
  });

  test('the permission to edit roles is not enough to save', async () => {
    expect((await save(await createAdmin(site, [EDIT_ROLES]), { roles })).status).toBe(403);
  });

  test('both permissions together save them, and other settings need one', async () => {
    const one = await createAdmin(site, [EDIT]);
    expect((await save(one, { linking: 'never' })).status).toBe(204);
    const both = await createAdmin(site, [EDIT, EDIT_ROLES]);
    expect((await save(both, { roles })).status).toBe(204);
    expect(await roleOfNewcomer()).toBe('editor');
    expect((await save(superAdmin, { roles: null, linking: null })).status).toBe(200);
    expect(await roleOfNewcomer()).toBe('authenticated');
  });
});

// PUT /settings answered all settings to an admin who may change them and not read them.
describe('the response to a change', () => {
  test.each([
    ['PUT', '/settings', {}],
    ['DELETE', '/issuer', undefined],
  ] as const)(
    '%s %s returns the settings only to admins who may read them',
    async (method, path, change) => {
      const call = async (token: string) =>
        callAdmin<SettingsView | undefined>(site, token, method, path, change);

      const blind = await call(await createAdmin(site, [EDIT]));
      expect([blind.status, blind.text]).toEqual([204, '']);

      const seeing = await call(await createAdmin(site, [EDIT, READ]));
      expect(seeing.status).toBe(200);
      expect(seeing.body?.connection.domain.value).toBe(site.pool.origin);
    },
  );

  test('settings are not cached', async () => {
    const headers = { authorization: `Bearer ${superAdmin}` };
    const response = await fetch(`${site.strapi.url}/cognito/settings`, { headers });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  });
});
