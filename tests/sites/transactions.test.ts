/* `providers.connect` called by code of the site, within its own transaction; SQLite has only one connection. */
import type { AsyncResource } from 'node:async_hooks';
import type { Site } from '../support/site';
import { OWN_CODE, useSite } from '../support/site-code';
import { addPoolUser } from '../support/users';

interface Database {
  inTransaction(): boolean;
  transaction<T>(work: () => Promise<T>): Promise<T>;
  connection: { client: { pool: { acquireTimeoutMillis: number } } };
}

interface Event {
  userId: number;
}

const getSite = useSite({ files: OWN_CODE });

let site: Site;

beforeEach(() => {
  site = getSite();
});

const signToken = (name: string) => site.pool.sign({ claims: site.pool.idClaims(name) });

test('does not wait for another request that reads the settings and waits for the connection', async () => {
  const id_token = signToken(addPoolUser(site));
  const answers = await site.strapi.run(
    async (strapi, query) => {
      const db = strapi.db as unknown as Database;
      const { pool } = db.connection.client;
      const before = pool.acquireTimeoutMillis;
      pool.acquireTimeoutMillis = 2_000;
      const { AsyncResource: Resource } = process.getBuiltinModule('async_hooks') as {
        AsyncResource: typeof AsyncResource;
      };
      const outside = new Resource('another request');
      const settings = strapi.plugin('cognito').service('settings');
      const connect = strapi.plugin('users-permissions').service('providers').connect!;
      settings.invalidate?.();
      let other: Promise<unknown> | undefined;
      const user = await db
        .transaction(async () => {
          await strapi.db.query('plugin::users-permissions.user').findMany({});
          other = outside.runInAsyncScope(() =>
            (settings.current?.() as Promise<object>).then(() => 'read', String),
          );
          return (await connect('cognito', query)) as { provider: string };
        })
        .catch((error: unknown) => ({ provider: String(error) }));
      const answers = [user.provider, await other];
      pool.acquireTimeoutMillis = before;
      return answers;
    },
    { id_token },
  );
  expect(answers).toEqual(['cognito', 'read']);
});

describe('an event', () => {
  /** A login in a transaction that succeeds or fails: the events, and what their listener saw. */
  const recordEvents = (name: string, fails: boolean) =>
    site.strapi.run(
      async (strapi, { id_token, isFailing }) => {
        const db = strapi.db as unknown as Database;
        const connect = strapi.plugin('users-permissions').service('providers').connect!;
        const hub = strapi.eventHub as {
          on(name: string, listener: (event: Event) => Promise<void>): () => void;
        };
        const seen: unknown[] = [];
        const off = hub.on('cognito.login', async ({ userId: id }) => {
          const users = strapi.db.query('plugin::users-permissions.user');
          seen.push({
            inTransaction: db.inTransaction(),
            users: (await users.findMany({ where: { id } })).length,
          });
        });
        const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
        const end = await db
          .transaction(async () => {
            await connect('cognito', { id_token });
            await pause();
            if (isFailing) throw new Error('of the site');
            return 'well';
          })
          .catch((error: unknown) => (error as Error).message);
        await pause();
        off();
        return { end, seen };
      },
      { id_token: signToken(name), isFailing: fails },
    );

  test('is emitted once the transaction is committed', async () => {
    expect(await recordEvents(addPoolUser(site), false)).toEqual({
      end: 'well',
      seen: [{ inTransaction: false, users: 1 }],
    });
  });

  test('is not emitted for a login that is rolled back', async () => {
    const name = addPoolUser(site);
    expect(await recordEvents(name, true)).toEqual({ end: 'of the site', seen: [] });
    expect(await site.strapi.users()).toEqual([]);
    expect((await recordEvents(name, false)).seen).toHaveLength(1);
  });
});
