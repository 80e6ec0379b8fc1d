/* What the plugin stores about users: relations that survive an export, deleted roles, and helpful messages. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { callAdmin } from '../support/admin';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { findLogLines, logIn, startWithKeys, useSite } from '../support/site-code';
import { type RemoteStrapi, startStrapi } from '../support/strapi';
import { Site } from '../support/site';
import {
  updateUser,
  addPoolUser,
  createRole,
  createUser,
  identityOwners,
  getUser,
} from '../support/users';

const site = useSite({ cognito: { users: { username: ['cognito:username'] } } });

/** Four boots. */
const SLOW_MS = 180_000;

const USER = 'plugin::users-permissions.user';

/** The username of each login record, newest last. */
async function getRecordOwners(of: Site): Promise<unknown[]> {
  await of.strapi.run(async (strapi) => {
    await strapi.plugin('cognito').service('login-records').flush?.();
  });
  return of.strapi.run(async (strapi) => {
    const uid = 'plugin::cognito.login-record';
    const models = strapi as unknown as {
      getModel(uid: string): { attributes: Record<string, { target?: string }> };
    };
    const relations = Object.entries(models.getModel(uid).attributes).filter(
      ([, { target }]) => target === 'plugin::users-permissions.user',
    );
    if (relations.length !== 1) throw new Error(`${String(relations.length)} relations to users`);
    const [[name]] = relations as [[string, unknown]];
    const rows = await strapi.db.query(uid).findMany({ populate: [name], orderBy: 'id' });
    return rows.map((row) => (row[name] as { username: string } | null)?.username ?? null);
  });
}

describe('login records', () => {
  test('are related to their users', async () => {
    const [one, other] = [addPoolUser(site()), addPoolUser(site())];
    await logIn(site(), one);
    await logIn(site(), other);
    await logIn(site(), one);
    expect(await getRecordOwners(site())).toEqual([one, other, one]);
  });

  const ways: [string, (strapi: RemoteStrapi, id: number) => Promise<unknown>][] = [
    [
      'the entity service',
      (strapi, id) =>
        (
          strapi as unknown as {
            entityService: { delete(uid: string, id: number): Promise<unknown> };
          }
        ).entityService.delete('plugin::users-permissions.user', id),
    ],
    [
      'a query',
      (strapi, id) => strapi.db.query('plugin::users-permissions.user').delete({ where: { id } }),
    ],
    ['knex', (strapi, id) => strapi.db.connection('up_users').where({ id }).delete()],
  ];
  const withoutForeignKeys: (typeof ways)[number] = [
    'a program that ignores foreign keys',
    async ({ db }, id) => {
      await db.connection.raw('pragma foreign_keys = off');
      await db.connection('up_users').where({ id }).delete();
      await db.connection.raw('pragma foreign_keys = on');
    },
  ];
  // Database servers check them, unless a session turns that off.
  if (!process.env.TEST_DATABASE) ways.push(withoutForeignKeys);

  test.each(ways)('of a user who is deleted by %s cause no problem', async (_, remove) => {
    const [one, other] = [addPoolUser(site()), addPoolUser(site())];
    const { id } = expectLoggedIn(await logIn(site(), one)).user;
    await logIn(site(), other);
    await getRecordOwners(site());
    await site().strapi.run(
      (strapi, arg) => ((0, eval)(`(${arg.source})`) as typeof remove)(strapi, arg.id),
      { source: remove.toString(), id },
    );
    const listed = await callAdmin(site(), await site().strapi.admin(), 'GET', '/logins');
    expect(listed.status).toBe(200);
    expect(await getRecordOwners(site())).toContain(other);
    expect(await getRecordOwners(site())).not.toContain(one);
    expect(expectLoggedIn(await logIn(site(), one)).user.id).not.toBe(id);
  });
});

test(
  'export and import: identities and records keep their users',
  async () => {
    const run = promisify(execFile);
    const cli = (dir: string, port: string, ...args: string[]) =>
      run(process.execPath, [path.join('node_modules', '@strapi/strapi/bin/strapi.js'), ...args], {
        cwd: dir,
        env: {
          ...{ PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'test' },
          ...{ STRAPI_TELEMETRY_DISABLED: 'true', HOST: '127.0.0.1', PORT: port },
          PUBLIC_URL: `http://localhost:${port}`,
        },
      });

    const from = await startWithKeys();
    const to = new Site(from.pool, await startStrapi());
    try {
      // An import assigns new ids; gaps make them differ.
      const gone = expectLoggedIn(await logIn(from, addPoolUser(from))).user.id;
      const names = [addPoolUser(from), addPoolUser(from), addPoolUser(from)];
      for (const name of names) expectLoggedIn(await logIn(from, name));
      await from.strapi.run(async (strapi, id) => {
        await strapi.db.query('plugin::users-permissions.user').delete({ where: { id } });
      }, gone);
      const before = (await getRecordOwners(from)).filter((owner) => owner !== null);
      expect(before).toEqual(names);

      const { port } = new URL(from.strapi.url);
      await from.strapi.kill();
      await cli(from.strapi.dir, port, 'export', '--no-encrypt', '--no-compress', '-f', 'backup');
      await to.strapi.kill();
      const file = path.join(from.strapi.dir, 'backup.tar');
      await cli(to.strapi.dir, new URL(to.strapi.url).port, 'import', '--force', '-f', file);
      await to.strapi.restart();

      const users = await to.strapi.users();
      expect(users.map(({ username }) => username)).toEqual(names);
      expect((await identityOwners(to)).sort()).toEqual(users.map(({ id }) => id).sort());
      expect((await getRecordOwners(to)).filter((owner) => owner !== null)).toEqual(names);
      for (const name of names) {
        const { user } = expectLoggedIn(await logIn(to, name));
        expect(user).toMatchObject({ username: name });
      }
      expect(await to.strapi.users()).toHaveLength(names.length);
    } finally {
      await to.strapi.stop();
    }
  },
  SLOW_MS,
);

describe('a role and a field in config/plugins that Strapi does not have', () => {
  test('are an error in the log at startup, and the role refuses its logins', async () => {
    const own = await startWithKeys({
      cognito: {
        users: { roles: { editors: 'editor' }, attributes: { given_name: 'noSuchField' } },
      },
    });
    try {
      expect(await findLogLines(own, /error.*\[cognito\].*noSuchField/)).toHaveLength(1);
      expect(await findLogLines(own, /error.*\[cognito\].*\beditor\b/)).toHaveLength(1);
      const editor = addPoolUser(own, { groups: ['editors'] });
      expectRefusal(await logIn(own, editor), 'not_configured');
      expectLoggedIn(await logIn(own, addPoolUser(own, { attributes: { given_name: 'Zoë' } })));
      expect(await own.strapi.users()).toHaveLength(1);

      // The admin creates it, and later deletes it.
      await createRole(own, 'editor');
      const { id } = expectLoggedIn(await logIn(own, editor)).user;
      expect((await getUser(own, id)).role?.type).toBe('editor');
      await own.strapi.run(async (strapi) => {
        await strapi.db
          .query('plugin::users-permissions.role')
          .delete({ where: { type: 'editor' } });
      });
      await own.strapi.forgetLogs();
      await own.strapi.restart();
      expect(await findLogLines(own, /error.*\[cognito\].*\beditor\b/)).toHaveLength(1);
      expectRefusal(await logIn(own, editor), 'not_configured');
      expectLoggedIn(await logIn(own, addPoolUser(own)));
    } finally {
      await own.stop();
    }
  });
});

describe('email_taken says what to do', () => {
  test('for a user of provider local: log in there, and link', async () => {
    const name = addPoolUser(site());
    await createUser(site(), { provider: 'local', email: `${name}@example.com` });
    const answer = await logIn(site(), name);
    expectRefusal(answer, 'email_taken');
    expect(answer.body.error?.message).toMatch(/^Email is already taken\. .*log in/i);
  });

  test.each([null, ''])(
    'for a user of provider %j, who cannot log in: not that',
    async (provider) => {
      const name = addPoolUser(site());
      const { id } = await createUser(site(), { email: `${name}@example.com` });
      await updateUser(site(), id, { provider });
      const answer = await logIn(site(), name);
      expectRefusal(answer, 'email_taken');
      const message = answer.body.error?.message ?? '';
      expect(message).toMatch(/^Email is already taken\./);
      expect(message).not.toMatch(/log in/i);
      // The log tells the admin which user it is, and which setting helps.
      expect(
        await findLogLines(site(), new RegExp(`email_taken.*\\b${String(id)}\\b`)),
      ).toHaveLength(1);
      await updateUser(site(), id, { provider: 'cognito' });
      expect(expectLoggedIn(await logIn(site(), name)).user.id).toBe(id);
    },
  );
});

describe('a username that looks like an email, as from SAML providers,', () => {
  const SAML = 'Okta_jane@corp.example';

  const nameAfter = async (person: string) =>
    (await getUser(site(), expectLoggedIn(await logIn(site(), person)).user.id)).username;

  test('is used if it is free', async () => {
    expect(await nameAfter(addPoolUser(site(), { username: SAML }))).toBe(SAML);
  });

  test('is not used if it is another user’s email', async () => {
    await nameAfter(addPoolUser(site(), { username: SAML }));
    const second = await nameAfter(addPoolUser(site(), { username: SAML }));
    expect(second).not.toBe(SAML);
    expect(second).toMatch(/^Okta_jane/);
  });

  test.each([SAML, SAML.toLowerCase()])(
    'is not assigned if it is another user’s email, %s',
    async (email) => {
      await createUser(site(), { email });
      expect(await nameAfter(addPoolUser(site(), { username: SAML }))).not.toBe(SAML);
    },
  );

  test('is used if it is the user’s own email', async () => {
    const email = 'jane@corp.example';
    expect(await nameAfter(addPoolUser(site(), { username: email, attributes: { email } }))).toBe(
      email,
    );
  });
});

test('the plugin’s tables have relations to users, and no copied ids', async () => {
  const fields = await site().strapi.run((strapi, target) => {
    const { contentTypes } = strapi as unknown as {
      contentTypes: Record<
        string,
        { attributes: Record<string, { type: string; target?: string }> }
      >;
    };
    return Object.entries(contentTypes)
      .filter(([uid]) => uid.startsWith('plugin::cognito.'))
      .flatMap(([uid, { attributes }]) =>
        Object.entries(attributes)
          .filter(([name, { target: to }]) => to === target || /user_?id|userId/i.test(name))
          .map(([name, { type }]) => `${uid} ${name} ${type}`),
      )
      .sort();
  }, USER);
  expect(fields).toEqual([
    'plugin::cognito.identity user relation',
    'plugin::cognito.login-record account relation',
  ]);
});
