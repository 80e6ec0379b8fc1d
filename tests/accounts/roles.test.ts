import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import { type Site, startSite } from '../support/site';
import {
  PASSWORD,
  exchangeIdToken,
  issueJwt,
  link,
  addPoolUser,
  createRole,
  createUser,
  getUser,
} from '../support/users';

let site: Site;
/** The order is not alphabetical. */
const roles = { writers: 'writer', staff: 'clerk', admins: 'boss' };

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  for (const type of Object.values(roles)) await createRole(site, type);
});

beforeEach(async () => {
  await site.clearUsers();
  await site.strapi.advanced({ default_role: 'authenticated' });
});

const withUsers = <T>(users: object, work: () => Promise<T>) => withConfig(site, { users }, work);
const inGroups = (...groups: string[]) => addPoolUser(site, { groups });
const moveTo = (name: string, ...groups: string[]) => {
  site.pool.user(name).groups = groups;
};
const loginAs = async (name: string) => expectLoggedIn(await exchangeIdToken(site, name)).user.id;
const getRole = async (id: number) => (await getUser(site, id)).role?.type;
const roleAfterLogin = async (name: string) => getRole(await loginAs(name));

async function deleteRole(type: string): Promise<void> {
  await site.strapi.run(async (strapi, gone) => {
    await strapi.db.query('plugin::users-permissions.role').delete({ where: { type: gone } });
  }, type);
}

describe('a role by groups', () => {
  test.each<[string, string[], string]>([
    ['the only group', ['admins'], 'boss'],
    ['the first in the order of the map, not of the token', ['admins', 'staff'], 'clerk'],
    ['the first of all', ['admins', 'staff', 'writers'], 'writer'],
    ['one among groups that the map does not know', ['x', 'admins', 'y'], 'boss'],
    ['none, without a group of the map', ['x'], 'authenticated'],
    ['none, without a group', [], 'authenticated'],
    ['none, if only the case differs', ['Admins'], 'authenticated'],
  ])('is assigned to a new user by %s', async (_, groups, role) => {
    await withUsers({ roles }, async () => {
      expect(await roleAfterLogin(inGroups(...groups))).toBe(role);
    });
  });

  test.each<[string, unknown]>([
    ['text', 'admins'],
    ['an object', { admins: true }],
    ['a list of lists', [['admins']]],
    ['null', null],
  ])('is not assigned by groups that are %s', async (_, groups) => {
    await withUsers({ roles }, async () => {
      const answer = await exchangeIdToken(site, addPoolUser(site), { 'cognito:groups': groups });
      expect(await getRole(expectLoggedIn(answer).user.id)).toBe('authenticated');
    });
  });

  test.each(['constructor', '__proto__', 'toString'])(
    'is not assigned by a group with the name %s',
    async (group) => {
      await withUsers({ roles }, async () => {
        expect(await roleAfterLogin(inGroups(group))).toBe('authenticated');
      });
    },
  );

  test('is the same for a login in the browser and for a Cognito access token', async () => {
    await withUsers({ roles }, async () => {
      const name = inGroups('staff');
      expect(await getRole(expectLoggedIn(await site.loginAs(name)).user.id)).toBe('clerk');
      moveTo(name, 'admins');
      const { access_token } = site.pool.tokensFor(name);
      const { id } = expectLoggedIn(await site.exchangeByPost({ access_token })).user;
      expect(await getRole(id)).toBe('boss');
    });
  });

  test('is updated at each login, down to the default role', async () => {
    await withUsers({ roles }, async () => {
      const name = inGroups('staff');
      expect(await roleAfterLogin(name)).toBe('clerk');
      moveTo(name, 'admins');
      expect(await roleAfterLogin(name)).toBe('boss');
      moveTo(name);
      expect(await roleAfterLogin(name)).toBe('authenticated');
      await site.strapi.advanced({ default_role: 'public' });
      expect(await roleAfterLogin(name)).toBe('public');
    });
  });

  test('applies from the next request, with an older JWT', async () => {
    await withUsers({ roles }, async () => {
      const name = addPoolUser(site);
      const { jwt } = expectLoggedIn(await exchangeIdToken(site, name));
      expect((await site.me(jwt)).status).toBe(200);
      moveTo(name, 'admins');
      await loginAs(name);
      // The role has no permission at all.
      expect((await site.me(jwt)).status).toBe(403);
    });
  });

  test('stays as an admin has set it, without a mapping', async () => {
    const name = inGroups('admins');
    const id = await loginAs(name);
    expect(await getRole(id)).toBe('authenticated');
    await setRole(id, 'writer');
    expect(await roleAfterLogin(name)).toBe('writer');
  });

  test('stays with users.syncOnLogin off, and is still assigned to new users', async () => {
    await withUsers({ roles, syncOnLogin: false }, async () => {
      const name = inGroups('staff');
      expect(await roleAfterLogin(name)).toBe('clerk');
      moveTo(name, 'admins');
      expect(await roleAfterLogin(name)).toBe('clerk');
    });
  });
});

async function setRole(id: number, type: string): Promise<void> {
  await site.strapi.run(
    async (strapi, arg) => {
      const role = await strapi.db
        .query('plugin::users-permissions.role')
        .findOne({ where: { type: arg.type } });
      const data = { role: role?.id };
      await strapi.db
        .query('plugin::users-permissions.user')
        .update({ where: { id: arg.id }, data });
    },
    { id, type },
  );
}

describe('a linked local user', () => {
  async function linked(...groups: string[]): Promise<{ id: number; name: string }> {
    const user = await createUser(site, { password: PASSWORD });
    await setRole(user.id, 'writer');
    const name = inGroups(...groups);
    const { id_token } = site.pool.tokensFor(name);
    expect((await link(site, await issueJwt(site, user), { id_token })).status).toBe(200);
    return { id: user.id, name };
  }

  test('keeps the role without users.roles', async () => {
    const { id, name } = await linked('admins');
    expect(await loginAs(name)).toBe(id);
    expect(await getRole(id)).toBe('writer');
  });

  test('follows the groups with users.roles, from the login on', async () => {
    await withUsers({ roles }, async () => {
      const { id, name } = await linked('admins');
      expect(await getRole(id)).toBe('writer');
      expect(await loginAs(name)).toBe(id);
      expect(await getRole(id)).toBe('boss');
      moveTo(name);
      await loginAs(name);
      expect(await getRole(id)).toBe('authenticated');
    });
  });

  test('by verified email follows them immediately', async () => {
    await site.strapi.advanced({ email_confirmation: true });
    try {
      await withUsers({ roles, linking: 'verified-email' }, async () => {
        const { id, email } = await createUser(site);
        const name = addPoolUser(site, { groups: ['staff'], attributes: { email } });
        expect(await loginAs(name)).toBe(id);
        expect(await getRole(id)).toBe('clerk');
      });
    } finally {
      await site.strapi.advanced({ email_confirmation: false });
    }
  });
});

describe('users.requiredGroups', () => {
  const requiredGroups = ['members', 'staff'];

  test('accept only users who are in one of them', async () => {
    await withUsers({ requiredGroups }, async () => {
      const outside = inGroups('others');
      expectRefusal(await exchangeIdToken(site, outside), 'group_required');
      expectRefusal(await exchangeIdToken(site, addPoolUser(site)), 'group_required');
      expect(await site.strapi.users()).toEqual([]);
      expect(await site.rows('identity')).toEqual([]);
      await loginAs(inGroups('staff'));
      await loginAs(inGroups('others', 'members'));
      moveTo(outside, 'members');
      await loginAs(outside);
    });
  });

  test('refuses users who have left them, with every kind of credential', async () => {
    await withUsers({ requiredGroups }, async () => {
      const name = inGroups('staff');
      const id = await loginAs(name);
      const code = await site.code(name);
      moveTo(name, 'others');
      const { id_token, access_token } = site.pool.tokensFor(name);
      expectRefusal(await site.exchange({ id_token }), 'group_required');
      expectRefusal(await site.exchangeByPost({ access_token }), 'group_required');
      expectRefusal(await site.loginAs(name), 'group_required');
      // An earlier code belongs to an earlier login.
      expect(expectLoggedIn(await site.exchange({ access_token: code })).user.id).toBe(id);
      expect(await site.strapi.users()).toHaveLength(1);
    });
  });

  test('refuses users of the built-in provider without adopting them', async () => {
    await createUser(site, { provider: 'cognito', email: 'ann@example.com' });
    await withUsers({ requiredGroups }, async () => {
      expectRefusal(await exchangeIdToken(site, 'ann'), 'group_required');
    });
    expect(await site.rows('identity')).toEqual([]);
  });
});

describe('a role that does not exist in Strapi', () => {
  const withGhost = { ghosts: 'ghost', ...roles };

  test('refuses new users, and creates nothing', async () => {
    await withUsers({ roles: withGhost }, async () => {
      await site.strapi.forgetLogs();
      expectRefusal(await exchangeIdToken(site, inGroups('ghosts', 'admins')), 'not_configured');
      expect((await site.strapi.allLogs()).join('\n')).toMatch(/not_configured: .*"ghost"/);
      expect(await site.strapi.users()).toEqual([]);
      expect(await site.rows('identity')).toEqual([]);
    });
  });

  test('also refuses known users: their current role could mean more rights', async () => {
    await withUsers({ roles: withGhost }, async () => {
      const name = inGroups('staff');
      const before = await getUser(site, await loginAs(name));
      moveTo(name, 'ghosts', 'admins');
      await site.strapi.forgetLogs();
      expectRefusal(await exchangeIdToken(site, name), 'not_configured');
      expect((await site.strapi.allLogs()).join('\n')).toMatch(/not_configured: .*"ghost"/);
      expect(await getUser(site, before.id)).toEqual(before);
      moveTo(name, 'admins');
      expect(await roleAfterLogin(name)).toBe('boss');
    });
  });

  test('because it was deleted since, is never the default one instead', async () => {
    await createRole(site, 'passing');
    await withUsers({ roles: { visitors: 'passing' } }, async () => {
      const [known, other] = [inGroups('visitors'), addPoolUser(site)];
      const ids = [await loginAs(known), await loginAs(other)];
      await deleteRole('passing');
      moveTo(other, 'visitors');
      for (const name of [known, other, inGroups('visitors')]) {
        expectRefusal(await exchangeIdToken(site, name), 'not_configured');
      }
      expect(await getRole(ids[0]!)).toBeUndefined();
      expect(await getRole(ids[1]!)).toBe('authenticated');
      expect(await site.strapi.users()).toHaveLength(2);
    });
  });

  test('as the default one refuses users who would get it, and no others', async () => {
    await withUsers({ roles }, async () => {
      const name = inGroups('staff');
      const id = await loginAs(name);
      await site.strapi.advanced({ default_role: 'gone' });
      expect(await loginAs(name)).toBe(id);
      expect(await roleAfterLogin(inGroups('admins'))).toBe('boss');
      moveTo(name);
      expectRefusal(await exchangeIdToken(site, name), 'not_configured');
      expectRefusal(await exchangeIdToken(site, addPoolUser(site)), 'not_configured');
      expect(await getRole(id)).toBe('clerk');
      expect(await site.strapi.users()).toHaveLength(2);
    });
  });

  // This is the last test, because it restarts Strapi.
  test('is an error at startup that names it and the existing ones, and refuses its users', async () => {
    await site.strapi.forgetLogs();
    await site.strapi.restart({ cognito: { users: { roles: withGhost } } });
    expect((await site.strapi.allLogs()).filter((line) => /error.*\[cognito\]/.test(line))).toEqual(
      [
        expect.stringMatching(
          /users\.roles: there is no role of type "ghost"; expected one of .*authenticated/,
        ),
      ],
    );
    expectRefusal(await exchangeIdToken(site, inGroups('ghosts', 'writers')), 'not_configured');
    expect(await roleAfterLogin(inGroups('writers'))).toBe('writer');
    expect(await roleAfterLogin(inGroups())).toBe('authenticated');
  });
});
