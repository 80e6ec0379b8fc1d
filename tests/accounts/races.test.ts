import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { type Answer, type Site, startSite } from '../support/site';
import { type RemoteStrapi, contentId, strapiMajor } from '../support/strapi';
import {
  exchangeIdToken,
  holdIdentityReads,
  addPoolUser,
  createUser,
  identityOwners,
} from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(async () => {
  await site.clearUsers();
  await site.strapi.advanced({ unique_email: true });
});

const getUserId = (answer: Answer): number => expectLoggedIn(answer).user.id;
const loginAs = async (name: string) => getUserId(await exchangeIdToken(site, name));
const userIds = async () => (await site.strapi.users()).map(({ id }) => id);

/** Logins that all have read the tables before the first one writes. */
async function atOnce(names: readonly string[]): Promise<Answer[]> {
  const end = await holdIdentityReads(site, names.length);
  return Promise.all(names.map((name) => exchangeIdToken(site, name))).finally(end);
}

describe('at once', () => {
  test('fifty first logins of one identity create one user, and all succeed', async () => {
    const name = addPoolUser(site);
    const answers = await atOnce(Array.from({ length: 50 }, () => name));
    const [id, ...others] = new Set(answers.map(getUserId));
    expect(others).toEqual([]);
    expect(await userIds()).toEqual([id]);
    expect(await identityOwners(site)).toEqual([id]);
    expect(await loginAs(name)).toBe(id);
  });

  test('fifty with the email of a user of the built-in provider adopt that user', async () => {
    const name = addPoolUser(site);
    const { id } = await createUser(site, { provider: 'cognito', email: `${name}@example.com` });
    const answers = await atOnce(Array.from({ length: 50 }, () => name));
    expect(new Set(answers.map(getUserId))).toEqual(new Set([id]));
    expect(await identityOwners(site)).toEqual([id]);
  });

  test('two identities with one email adopt the user of the built-in provider once', async () => {
    const email = 'shared@example.com';
    const { id } = await createUser(site, { provider: 'cognito', email });
    const names = Array.from({ length: 10 }, () => addPoolUser(site, { attributes: { email } }));
    const answers = await atOnce(names);
    const good = answers.filter(({ status }) => status === 200);
    expect(good.map(getUserId)).toEqual([id]);
    answers
      .filter((answer) => !good.includes(answer))
      .forEach((answer) => expectRefusal(answer, 'email_taken'));
    expect(await identityOwners(site)).toEqual([id]);
  });

  test('twenty identities with one username get twenty users, one of them with it', async () => {
    const names = Array.from({ length: 20 }, () => addPoolUser(site, { username: 'wanted' }));
    const answers = await atOnce(names);
    expect(new Set(answers.map(getUserId)).size).toBe(20);
    const usernames = (await site.strapi.users()).map(({ username }) => username.toLowerCase());
    expect(new Set(usernames).size).toBe(20);
    expect(usernames.filter((username) => username === 'wanted')).toHaveLength(1);
    usernames
      .filter((username) => username !== 'wanted')
      .forEach((username) => expect(username).toMatch(/^wanted-[a-z0-9]{6}$/));
    expect(new Set(await identityOwners(site)).size).toBe(20);
  });

  test('fifty identities get fifty users', async () => {
    const names = Array.from({ length: 50 }, () => addPoolUser(site));
    const answers = await atOnce(names);
    expect(answers.map(({ body }) => body.user?.username)).toEqual(names);
    expect(new Set(await identityOwners(site)).size).toBe(50);
  });

  test('an identity whose user was just deleted gets one new user', async () => {
    const name = addPoolUser(site);
    const gone = await loginAs(name);
    await site.strapi.run(async (strapi, id) => {
      await strapi.db.connection('up_users').where({ id }).delete();
    }, gone);
    const answers = await atOnce(Array.from({ length: 20 }, () => name));
    const [id, ...others] = new Set(answers.map(getUserId));
    expect(others).toEqual([]);
    expect(await userIds()).toEqual([id]);
    expect(await identityOwners(site)).toEqual([id]);
  });
});

describe('a user who is deleted', () => {
  const ways: [string, (strapi: RemoteStrapi, id: number) => Promise<unknown>][] = [
    [
      'by the entity service',
      (strapi, id) => {
        const { entityService } = strapi as unknown as {
          entityService: { delete(uid: string, id: number): Promise<unknown> };
        };
        return entityService.delete('plugin::users-permissions.user', id);
      },
    ],
    [
      'by a query',
      (strapi, id) => strapi.db.query('plugin::users-permissions.user').delete({ where: { id } }),
    ],
    [
      'by a bulk delete',
      (strapi, id) =>
        strapi.db
          .query('plugin::users-permissions.user')
          .deleteMany({ where: { id: { $in: [id] } } }),
    ],
    strapiMajor === 5
      ? [
          'by the document service',
          async (strapi, id) => {
            const uid = 'plugin::users-permissions.user';
            const users = (
              strapi as unknown as {
                documents(uid: string): { delete(params: object): Promise<unknown> };
              }
            ).documents(uid);
            const user = await strapi.db.query(uid).findOne({ where: { id } });
            return users.delete({ documentId: user?.documentId });
          },
        ]
      : [
          'by the entity service’s bulk delete',
          (strapi, id) => {
            const { entityService } = strapi as unknown as {
              entityService: { deleteMany(uid: string, params: object): Promise<unknown> };
            };
            const filters = { id: { $in: [id] } };
            return entityService.deleteMany('plugin::users-permissions.user', { filters });
          },
        ],
    [
      'by users-permissions',
      (strapi, id) =>
        Promise.resolve(strapi.plugin('users-permissions').service('user').remove?.({ id })),
    ],
  ];

  test.each(ways)('%s leaves no identity, and deletes no other', async (_, remove) => {
    const [name, other] = [addPoolUser(site), addPoolUser(site)];
    const [gone, kept] = [await loginAs(name), await loginAs(other)];
    const source = String(remove);
    await site.strapi.run(
      async (strapi, arg) => {
        const fn = (0, eval)(arg.source) as (strapi: unknown, id: number) => Promise<unknown>;
        await fn(strapi, arg.gone);
      },
      { source, gone },
    );
    expect(await userIds()).toEqual([kept]);
    expect(await identityOwners(site)).toEqual([kept]);
    expect(await loginAs(name)).not.toBe(gone);
    expect(await loginAs(other)).toBe(kept);
    expect(await identityOwners(site)).toHaveLength(2);
  });

  test('in the Content Manager, one or in bulk, leaves no identity', async () => {
    const names = [addPoolUser(site), addPoolUser(site), addPoolUser(site)];
    const ids = [];
    for (const name of names) ids.push(await loginAs(name));
    const [first, ...others] = (await site.strapi.users()).map(contentId);
    const headers = {
      authorization: `Bearer ${await site.strapi.admin()}`,
      'content-type': 'application/json',
    };
    const users = `${site.strapi.url}/content-manager/collection-types/plugin::users-permissions.user`;
    const one = await fetch(`${users}/${String(first)}`, { method: 'DELETE', headers });
    expect(one.status).toBe(200);
    expect((await identityOwners(site)).sort()).toEqual(ids.slice(1).sort());
    const body = JSON.stringify(strapiMajor === 5 ? { documentIds: others } : { ids: others });
    const bulk = await fetch(`${users}/actions/bulkDelete`, { method: 'POST', headers, body });
    expect(bulk.status).toBe(200);
    expect(await identityOwners(site)).toEqual([]);
  });

  test('with SQL leaves an identity without a user, which the next login uses', async () => {
    const name = addPoolUser(site);
    const gone = await loginAs(name);
    await site.strapi.run(async (strapi, id) => {
      await strapi.db.connection('up_users').where({ id }).delete();
    }, gone);
    expect(await identityOwners(site)).toEqual([null]);
    const id = await loginAs(name);
    expect(await identityOwners(site)).toEqual([id]);
    expect(await loginAs(name)).toBe(id);
  });

  test('has a JWT that is no longer valid', async () => {
    const { jwt, user } = expectLoggedIn(await exchangeIdToken(site, addPoolUser(site)));
    expect((await site.me(jwt)).status).toBe(200);
    await site.strapi.run(async (strapi, id) => {
      await strapi.db.query('plugin::users-permissions.user').delete({ where: { id } });
    }, user.id);
    expect((await site.me(jwt)).status).toBe(401);
  });
});

describe('an account that was deleted and created again in Cognito', () => {
  test('is a new identity: the email stays with the first one', async () => {
    const name = addPoolUser(site);
    const first = await loginAs(name);
    site.pool.recreateUser(name);
    expectRefusal(await exchangeIdToken(site, name), 'email_taken');
    expect(await identityOwners(site)).toEqual([first]);

    site.pool.user(name).attributes.email = 'new@example.com';
    const second = await loginAs(name);
    expect(second).not.toBe(first);
    expect((await identityOwners(site)).sort()).toEqual([first, second].sort());
  });

  test('gets its own user if emails need not be unique', async () => {
    await site.strapi.advanced({ unique_email: false });
    const name = addPoolUser(site);
    const first = await loginAs(name);
    site.pool.recreateUser(name);
    const second = await loginAs(name);
    expect(second).not.toBe(first);
    expect(await userIds()).toEqual([first, second]);
    const usernames = (await site.strapi.users()).map(({ username }) => username);
    expect(new Set(usernames).size).toBe(2);
  });

  test('is a new user after the old one was deleted here', async () => {
    const name = addPoolUser(site);
    const first = await loginAs(name);
    site.pool.recreateUser(name);
    await site.strapi.run(async (strapi, id) => {
      await strapi.db.query('plugin::users-permissions.user').delete({ where: { id } });
    }, first);
    const second = await loginAs(name);
    expect(await userIds()).toEqual([second]);
    expect(await identityOwners(site)).toEqual([second]);
  });
});
