import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { type Answer, type Site, startSite } from '../support/site';
import {
  HOOKED_USERS,
  exchangeIdToken,
  updateUser,
  holdIdentityReads,
  addPoolUser,
  createRole,
  createUser,
  identityOwners,
  setHooks,
  getUser,
  warnings,
  withUsers,
  type Hooks,
} from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite({ cognito: `{ users: ${HOOKED_USERS} }` });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  for (const type of ['boss', 'clerk']) await createRole(site, type);
});

beforeEach(async () => {
  await site.clearUsers();
  await setHooks(site, {});
  await site.strapi.forgetLogs();
});

const userAfter = async (login: Promise<Answer> | Answer) =>
  getUser(site, expectLoggedIn(await login).user.id);

/** What the functions have recorded in Strapi's process. */
const noted = <T>() => site.strapi.run(() => (globalThis as unknown as { noted: T }).noted);

const note = (value: unknown) =>
  site.strapi.run((_strapi, noted) => {
    Object.assign(globalThis, { noted });
  }, value);

async function expectNoUser(): Promise<void> {
  expect(await site.strapi.users()).toEqual([]);
  expect(await identityOwners(site)).toEqual([]);
}

/** Expects `not_configured`, and a log line about this function with these words. */
async function expectFailed(answer: Answer, name: string, words: string): Promise<void> {
  expectRefusal(answer, 'not_configured');
  expect(JSON.stringify(answer.body)).not.toContain(words);
  const logs = (await site.strapi.allLogs()).join('\n');
  expect(logs).toContain(
    `login refused, not_configured: users.${name} of config/plugins: ${words}`,
  );
}

describe('users.resolveRole', () => {
  test('returns the role for the claims, sync or async', async () => {
    await setHooks(site, {
      resolveRole: async (claims) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return claims['custom:level'] === '9' ? 'boss' : 'clerk';
      },
    });
    const name = addPoolUser(site, { attributes: { 'custom:level': '9' } });
    expect((await userAfter(exchangeIdToken(site, name))).role?.type).toBe('boss');
    site.pool.user(name).attributes['custom:level'] = '1';
    expect((await userAfter(exchangeIdToken(site, name))).role?.type).toBe('clerk');

    await setHooks(site, { resolveRole: () => 'boss' });
    expect((await userAfter(exchangeIdToken(site, name))).role?.type).toBe('boss');
  });

  test.each(['undefined', 'null'])(
    'falls back to the groups with %s, then to the default role',
    async (nothing) => {
      const hooks = { resolveRole: (0, eval)(`() => ${nothing}`) as () => unknown };
      await setHooks(site, hooks);
      await withUsers(site, { roles: { admins: 'boss' } }, async () => {
        const name = addPoolUser(site, { groups: ['admins'] });
        expect((await userAfter(exchangeIdToken(site, name))).role?.type).toBe('boss');
        site.pool.user(name).groups = [];
        expect((await userAfter(exchangeIdToken(site, name))).role?.type).toBe('authenticated');
      });
    },
  );

  test('has priority over the groups', async () => {
    await setHooks(site, { resolveRole: () => 'clerk' });
    await withUsers(site, { roles: { admins: 'boss' } }, async () => {
      const user = await userAfter(
        exchangeIdToken(site, addPoolUser(site, { groups: ['admins'] })),
      );
      expect(user.role?.type).toBe('clerk');
    });
  });

  test('cannot return a role that does not exist', async () => {
    const name = addPoolUser(site);
    const before = await userAfter(exchangeIdToken(site, name));
    await setHooks(site, { resolveRole: () => 'ghost' });
    expectRefusal(await exchangeIdToken(site, addPoolUser(site)), 'not_configured');
    expectRefusal(await exchangeIdToken(site, name), 'not_configured');
    expect((await site.strapi.allLogs()).join('\n')).toContain('the role "ghost" does not exist');
    expect(await site.strapi.users()).toEqual([before]);
  });
});

describe('users.mapProfile', () => {
  test('gets every claim, and is awaited', async () => {
    await setHooks(site, {
      mapProfile: async (claims) => {
        await Promise.resolve();
        Object.assign(globalThis, { noted: claims });
        return {};
      },
    });
    const name = addPoolUser(site, { attributes: { 'custom:x': 'y', given_name: 'Zoë' } });
    const user = await userAfter(exchangeIdToken(site, name));
    expect(await noted<object>()).toMatchObject({
      sub: site.pool.user(name).sub,
      email: user.email,
      'custom:x': 'y',
      given_name: 'Zoë',
      'cognito:username': name,
    });
  });

  test('leaves out missing and protected fields, with a warning', async () => {
    await setHooks(site, { mapProfile: () => ({ nowhere: 1, blocked: true, password: 'x' }) });
    expect(await userAfter(exchangeIdToken(site, addPoolUser(site)))).toMatchObject({
      blocked: false,
      password: null,
    });
    const said = (await warnings(site)).join('\n');
    for (const field of ['nowhere', 'blocked', 'password']) {
      expect(said).toContain(`mapProfile was not copied to "${field}": `);
    }
  });
});

test('a function that changes its claims has no effect', async () => {
  await setHooks(site, {
    mapProfile: (claims) => {
      (claims['cognito:groups'] as string[]).push('admins');
      delete claims.email;
      return {};
    },
    resolveRole: (claims) =>
      claims.email !== undefined && (claims['cognito:groups'] as string[]).includes('admins')
        ? 'boss'
        : 'clerk',
  });
  const name = addPoolUser(site);
  const login = exchangeIdToken(site, name, { 'cognito:groups': ['staff'] });
  expect((await userAfter(login)).role?.type).toBe('clerk');
});

describe('users.beforeCreate', () => {
  test('gets the user to be created and the claims, once', async () => {
    await setHooks(site, {
      beforeCreate: async (user, claims) => {
        await Promise.resolve();
        Object.assign(globalThis, { noted: { user, sub: claims.sub } });
        return undefined;
      },
    });
    const name = addPoolUser(site);
    const user = await userAfter(exchangeIdToken(site, name));
    expect(await noted<object>()).toEqual({
      user: {
        username: name,
        email: `${name}@example.com`,
        provider: 'cognito',
        confirmed: true,
        blocked: false,
        role: user.role?.id,
      },
      sub: site.pool.user(name).sub,
    });
    await note('not called again');
    await exchangeIdToken(site, name);
    expect(await noted()).toBe('not called again');
  });

  test('is not called if a user is adopted', async () => {
    await setHooks(site, { beforeCreate: () => Promise.reject(new Error('called')) });
    const name = addPoolUser(site);
    const { id } = await createUser(site, { provider: 'cognito', email: `${name}@example.com` });
    expect((await userAfter(exchangeIdToken(site, name))).id).toBe(id);
  });

  test('is called once for fifty concurrent first logins', async () => {
    await setHooks(site, {
      beforeCreate: async () => {
        const kept = globalThis as unknown as { noted: number };
        kept.noted += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      },
    });
    await note(0);
    const name = addPoolUser(site);
    const end = await holdIdentityReads(site, 50);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => exchangeIdToken(site, name)),
    ).finally(end);
    expect(new Set(answers.map((answer) => expectLoggedIn(answer).user.id)).size).toBe(1);
    expect(await noted()).toBe(1);
    expect(await site.strapi.users()).toHaveLength(1);
  });

  test('rejects by throwing, and may accept the next login', async () => {
    await setHooks(site, { beforeCreate: () => Promise.reject(new Error('not today')) });
    const name = addPoolUser(site);
    await expectFailed(await exchangeIdToken(site, name), 'beforeCreate', 'not today');
    await expectNoUser();
    await setHooks(site, {});
    expectLoggedIn(await exchangeIdToken(site, name));
  });
});

describe('a function that', () => {
  const throwing: [keyof Hooks, Hooks][] = [
    [
      'resolveRole',
      {
        resolveRole: () => {
          throw new Error('broken: resolveRole');
        },
      },
    ],
    ['mapProfile', { mapProfile: () => Promise.reject(new Error('broken: mapProfile')) }],
    [
      'beforeCreate',
      {
        beforeCreate: () => {
          throw new Error('broken: beforeCreate');
        },
      },
    ],
  ];

  test.each(throwing)(
    'throws (%s) creates no user, and is named in the log',
    async (name, hooks) => {
      await setHooks(site, hooks);
      await expectFailed(await exchangeIdToken(site, addPoolUser(site)), name, `broken: ${name}`);
      await expectNoUser();
    },
  );

  test.each(throwing.slice(0, 2))(
    'throws (%s) rejects a known user, and changes nothing',
    async (name, hooks) => {
      const person = addPoolUser(site);
      const user = await userAfter(exchangeIdToken(site, person));
      Object.assign(site.pool.user(person).attributes, { email: 'moved@example.com' });
      await setHooks(site, hooks);
      await expectFailed(await exchangeIdToken(site, person), name, `broken: ${name}`);
      expect(await getUser(site, user.id)).toEqual(user);
    },
  );

  test.each<[string, Hooks, string]>([
    [
      'throws text',
      { resolveRole: (0, eval)(`() => Promise.reject('words')`) as () => unknown },
      'words',
    ],
    ['gives empty text', { resolveRole: () => '' }, 'expected a role type, null or undefined'],
    ['gives a number', { resolveRole: () => 1 }, 'expected a role type, null or undefined'],
    ['gives a list', { resolveRole: () => ['boss'] }, 'expected a role type, null or undefined'],
    ['gives a role', { resolveRole: () => ({ type: 'boss' }) }, 'expected a role type'],
  ])('%s (resolveRole) creates no user', async (_, hooks, words) => {
    await setHooks(site, hooks);
    await expectFailed(await exchangeIdToken(site, addPoolUser(site)), 'resolveRole', words);
    await expectNoUser();
  });

  test.each<[string, Hooks]>([
    ['nothing', { mapProfile: () => undefined }],
    ['null', { mapProfile: () => null }],
    ['text', { mapProfile: () => 'x' }],
    ['a list', { mapProfile: () => [] }],
  ])('gives %s (mapProfile) creates no user', async (_, hooks) => {
    await setHooks(site, hooks);
    await expectFailed(
      await exchangeIdToken(site, addPoolUser(site)),
      'mapProfile',
      'expected an object of fields',
    );
    await expectNoUser();
  });

  test.each<[string, Hooks]>([
    ['text', { beforeCreate: () => 'x' }],
    ['false', { beforeCreate: () => false }],
    ['a list', { beforeCreate: () => ['x'] }],
  ])('gives %s (beforeCreate) creates no user', async (_, hooks) => {
    await setHooks(site, hooks);
    const words = 'expected an object of fields, or nothing';
    await expectFailed(await exchangeIdToken(site, addPoolUser(site)), 'beforeCreate', words);
    await expectNoUser();
  });

  describe('takes longer than five seconds', () => {
    // Five seconds take fifty milliseconds here.
    beforeEach(() =>
      site.strapi.run(() => {
        const real = globalThis.setTimeout;
        const fastTimeout = (fn: () => void, ms?: number) => real(fn, ms === 5_000 ? 50 : ms);
        Object.assign(globalThis, { setTimeout: fastTimeout, realTimeout: real });
      }),
    );

    afterEach(() =>
      site.strapi.run(() => {
        const { realTimeout } = globalThis as unknown as { realTimeout: typeof setTimeout };
        Object.assign(globalThis, { setTimeout: realTimeout });
      }),
    );

    test.each<[keyof Hooks, Hooks]>([
      ['resolveRole', { resolveRole: () => new Promise(() => undefined) }],
      ['mapProfile', { mapProfile: () => new Promise(() => undefined) }],
      ['beforeCreate', { beforeCreate: () => new Promise(() => undefined) }],
    ])('(%s) creates no user, and blocks no other login', async (name, hooks) => {
      await setHooks(site, hooks);
      const person = addPoolUser(site);
      await expectFailed(await exchangeIdToken(site, person), name, 'took longer than 5000 ms');
      await expectNoUser();
      await setHooks(site, {});
      expectLoggedIn(await exchangeIdToken(site, person));
    });
  });

  test('is not called for a login that is refused anyway', async () => {
    await setHooks(site, { resolveRole: () => Promise.reject(new Error('asked')) });
    const name = addPoolUser(site);
    await withUsers(site, { requiredGroups: ['staff'] }, async () => {
      expectRefusal(await exchangeIdToken(site, name), 'group_required');
    });
    await setHooks(site, {});
    const { id } = await userAfter(exchangeIdToken(site, name));
    await updateUser(site, id, { blocked: true });
    await setHooks(site, { resolveRole: () => Promise.reject(new Error('asked')) });
    expectRefusal(await exchangeIdToken(site, name), 'user_blocked');
  });
});
