import { expectLoggedIn } from '../support/assertions';
import { Browser } from '../support/browser';
import { withClockAhead } from '../support/fixtures';
import { type Site, redirectParameters, startSite } from '../support/site';
import { addPoolUser, createUser, identityOwners, getUser } from '../support/users';

const USER = 'plugin::users-permissions.user';

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

/** Kills Strapi with SIGKILL, and starts it again. */
async function killAndRestart(): Promise<void> {
  await site.strapi.kill();
  await site.strapi.restart();
}

/** Makes Strapi wait at this moment of a row, for {@link killWhenReached}. */
const holdAt = (moment: string, model: string) =>
  site.strapi.run(
    (strapi, arg) => {
      const { lifecycles } = strapi.db as unknown as {
        lifecycles: { subscribe(subscriber: object): void };
      };
      const reached = new Promise<void>((resolve) => {
        lifecycles.subscribe({
          models: [arg.model],
          [arg.moment]: () => {
            resolve();
            return new Promise(() => undefined);
          },
        });
      });
      Object.assign(globalThis, { reached });
    },
    { moment, model },
  );

/** Exchanges a one-time code, and kills Strapi once it waits where the test has stopped it. */
async function killWhenReached(access_token: string): Promise<void> {
  const gone = expect(site.exchange({ access_token })).rejects.toThrow();
  await site.strapi.run(() => (globalThis as unknown as { reached: Promise<void> }).reached);
  await killAndRestart();
  await gone;
}

/** A login ten seconds after the kill, when the leases of the killed process have expired. */
const logInAfterExpiry = (name: string) => withClockAhead(site, 10, () => site.loginAs(name));

test('killed between connect and callback: the login continues', async () => {
  const browser = new Browser();
  const back = await site.signIn('ann', browser);
  await killAndRestart();
  const access_token = redirectParameters(await browser.get(back)).get('access_token') ?? '';
  expectLoggedIn(await site.exchange({ access_token }));
});

test('killed between callback and exchange: the code is still valid, once', async () => {
  const access_token = await site.code('ann');
  await killAndRestart();
  expectLoggedIn(await site.exchange({ access_token }));
  expect((await site.exchange({ access_token })).status).toBe(400);
});

describe.each([
  ['before anything is written', 'beforeCreateMany', 'plugin::cognito.lease', 0],
  ['with the names leased, but no identity yet', 'beforeCreateMany', 'plugin::cognito.identity', 0],
  ['with a reserved identity, but no user yet', 'beforeCreate', USER, 0],
  ['with a user, but without their identity', 'afterCreate', USER, 1],
  [
    'when everything is written, but no response was sent',
    'beforeDeleteMany',
    'plugin::cognito.lease',
    1,
  ],
] as const)('killed while an account is created, %s', (_, moment, model, made) => {
  test('the code was used, and the next login works, with one user', async () => {
    const name = addPoolUser(site);
    const access_token = await site.code(name);
    await holdAt(moment, model);
    await killWhenReached(access_token);

    const theirs = async () =>
      (await site.strapi.users()).filter(({ email }) => email === `${name}@example.com`);
    const before = await theirs();
    expect(before).toHaveLength(made);
    // Every identity belongs to a user that exists.
    const ids = (await site.strapi.users()).map(({ id }) => id);
    for (const owner of await identityOwners(site))
      if (owner !== null) expect(ids).toContain(owner);

    const again = await site.exchange({ access_token });
    expect(again.body.error?.details.code).toBe('login_expired');
    const { id } = expectLoggedIn(await logInAfterExpiry(name)).user;
    const after = await theirs();
    expect(after.map((user) => user.id)).toEqual([id]);
    if (before[0]) expect(id).toBe(before[0].id);
    expect(after[0]).toMatchObject({ username: name, role: { type: 'authenticated' } });
    expect((await identityOwners(site)).sort()).toEqual(
      (await site.strapi.users()).map((user) => user.id),
    );
    expect(expectLoggedIn(await site.loginAs(name)).user.id).toBe(id);
  });
});

test('killed while Strapi saves the user, before their role, it leaves no user without a role', async () => {
  const name = addPoolUser(site);
  const access_token = await site.code(name);
  await site.strapi.run((strapi) => {
    const { client } = strapi.db.connection as unknown as { client: object };
    type Query = (connection: unknown, statement: { sql: string }) => Promise<unknown>;
    const prototype = Object.getPrototypeOf(client) as { _query: Query };
    const query = prototype._query;
    const reached = new Promise<void>((resolve) => {
      prototype._query = function (connection, statement) {
        if (!/^insert into .up_users_role_(links|lnk)/.test(statement.sql)) {
          return query.call(this, connection, statement);
        }
        resolve();
        return new Promise(() => undefined);
      };
    });
    Object.assign(globalThis, { reached });
  });
  await killWhenReached(access_token);
  const theirs = async () =>
    (await site.strapi.users()).filter(({ email }) => email === `${name}@example.com`);
  expect(await theirs()).toMatchObject([{ username: name, role: null }]);
  const { id } = expectLoggedIn(await logInAfterExpiry(name)).user;
  expect(await theirs()).toMatchObject([{ id, username: name, role: { type: 'authenticated' } }]);
  expect((await identityOwners(site)).sort()).toEqual(
    (await site.strapi.users()).map((user) => user.id),
  );
});

test('killed after it created a user, it does not take over one that an administrator has created since', async () => {
  const name = addPoolUser(site);
  const access_token = await site.code(name);
  await holdAt('beforeCreate', USER);
  await killWhenReached(access_token);
  const local = await createUser(site, { username: name });
  const { id } = expectLoggedIn(await logInAfterExpiry(name)).user;
  expect(id).not.toBe(local.id);
  expect(await getUser(site, local.id)).toEqual(local);
});
