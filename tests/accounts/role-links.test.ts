import { expectLoggedIn } from '../support/answers';
import { withQueries } from '../support/queries';
import { type Site, startSite } from '../support/site';
import { testServer } from '../support/strapi/database';
import { bring, jwtOf, newPerson, newRole, newUser } from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(() => site.forgetEverybody());

const logIn = async () => expectLoggedIn(await bring(site, newPerson(site))).user.id;

/** The users of a role, in the order in which Strapi gives them, with their numbers. */
function usersOf(type: string): Promise<{ ids: number[]; numbers: number[] }> {
  return site.strapi.run(async (strapi, wanted) => {
    const role = await strapi.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: wanted }, populate: ['users'] });
    const links = await strapi.db.connection('up_users_role_links').select('*');
    const users = role?.users as { id: number }[];
    return {
      ids: users.map(({ id }) => id),
      numbers: links
        .filter(({ role_id }) => role_id === role?.id)
        .map(({ user_order }) => Number(user_order))
        .sort((a, b) => a - b),
    };
  }, type);
}

test('a new user comes last among those of the role, whoever made the others', async () => {
  const first = await newUser(site);
  const second = await logIn();
  const third = await newUser(site);
  const fourth = await logIn();
  expect(await usersOf('authenticated')).toEqual({
    ids: [first.id, second, third.id, fourth],
    numbers: [1, 2, 3, 4],
  });
});

test('each role has numbers of its own', async () => {
  await newRole(site, 'club');
  await newUser(site);
  await site.strapi.advanced({ default_role: 'club' });
  const id = await logIn();
  await site.strapi.advanced({ default_role: 'authenticated' });
  expect(await usersOf('club')).toEqual({ ids: [id], numbers: [1] });
});

test("hooks of the site see a new user's role before and after", async () => {
  await site.strapi.run((strapi) => {
    const seen: unknown[] = [];
    const { lifecycles } = strapi.db as unknown as {
      lifecycles: { subscribe(subscriber: object): () => void };
    };
    const unsubscribe = lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      beforeCreate: ({ params }: { params: { data: { role: unknown } } }) =>
        seen.push(typeof params.data.role),
      afterCreate: async ({ result }: { result: { id: number } }) => {
        const where = { id: result.id };
        const user = await strapi.db
          .query('plugin::users-permissions.user')
          .findOne({ where, populate: ['role'] });
        seen.push((user?.role as { type: string } | null)?.type);
      },
    });
    Object.assign(globalThis, { seen, unsubscribe });
  });
  await logIn();
  const seen = await site.strapi.run(() => {
    const hooked = globalThis as unknown as { seen: unknown[]; unsubscribe: () => void };
    hooked.unsubscribe();
    return hooked.seen;
  });
  expect(seen).toEqual(['number', 'authenticated']);
});

test('a hook of the site may give a new user another role, in any form that Strapi takes', async () => {
  const role = await newRole(site, 'guests');
  await site.strapi.run((strapi, id) => {
    const { lifecycles } = strapi.db as unknown as {
      lifecycles: { subscribe(subscriber: object): () => void };
    };
    const unsubscribe = lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      beforeCreate: ({ params }: { params: { data: { role: unknown } } }) => {
        params.data.role = { connect: [{ id }] };
      },
    });
    Object.assign(globalThis, { unsubscribe });
  }, role);
  const id = await logIn();
  await site.strapi.run(() => (globalThis as unknown as { unsubscribe: () => void }).unsubscribe());
  expect((await usersOf('guests')).ids).toEqual([id]);
});

test('a hook of the site on looks for users meets with no statement where an id is', async () => {
  const name = newPerson(site);
  expectLoggedIn(await bring(site, name));
  await site.strapi.run((strapi) => {
    const asked: string[] = [];
    const { lifecycles } = strapi.db as unknown as {
      lifecycles: { subscribe(subscriber: object): () => void };
    };
    const unsubscribe = lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      beforeFindOne: ({ params }: { params: object }) => asked.push(JSON.stringify(params)),
    });
    Object.assign(globalThis, { asked, unsubscribe });
  });
  expectLoggedIn(await bring(site, name));
  expect((await site.me(await jwtOf(site, await newUser(site)))).status).toBe(200);
  const asked = await site.strapi.run(() => {
    const hooked = globalThis as unknown as { asked: string[]; unsubscribe: () => void };
    hooked.unsubscribe();
    return hooked.asked;
  });
  // Those of /users/me.
  expect(asked).not.toEqual([]);
});

/** MySQL and MariaDB read a one-time code before they delete it. */
const EXTRA = testServer === 'mysql' ? 1 : 0;

describe('queries', () => {
  /** Once for nothing: what is read and kept is there then. */
  const queriesOf = async (login: () => Promise<unknown>) => {
    await logIn();
    return (await withQueries(site.strapi, login)).queries;
  };

  test('of a returning login by one-time code are three, a fourth where the database cannot give back what it deletes', async () => {
    const { jwt } = expectLoggedIn(await site.loginAs('ann'));
    const code = await site.code('ann');
    const login = await queriesOf(async () =>
      expectLoggedIn(await site.exchange({ access_token: code })),
    );
    const me = await queriesOf(() => site.me(jwt));
    expect(login).toHaveLength(3 + EXTRA);
    expect(me).toHaveLength(6);
  });

  test('of a first login are sixteen at the most, and that one more', async () => {
    const code = await site.code(newPerson(site));
    const login = await queriesOf(async () =>
      expectLoggedIn(await site.exchange({ access_token: code })),
    );
    const queries = login.filter((sql) => !/^(BEGIN|COMMIT)/.test(sql));
    const locks = queries.filter((sql) => sql.includes('cognito_locks'));
    expect(queries).toHaveLength(13 + EXTRA + locks.length);
    // One for each of identity, email and username; two names may share one.
    expect(locks.length).toBeGreaterThanOrEqual(1);
    expect(locks.length).toBeLessThanOrEqual(3);
  });

  test('of a first login never go through all users of a role', async () => {
    const queries = await queriesOf(logIn);
    expect(queries.filter((sql) => /insert into .up_users_role_links/.test(sql))).toHaveLength(1);
    expect(queries.filter((sql) => sql.includes('group by'))).toEqual([]);
  });
});
