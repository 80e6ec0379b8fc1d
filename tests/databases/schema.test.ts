import { Site, connectPool, startSite } from '../support/site';
import {
  type RemoteStrapi,
  startStrapi,
  userRoleTable,
  usersPermissionsSchema,
} from '../support/strapi';
import { testServer } from '../support/strapi/database';

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

beforeEach(() => site.clearUsers());

/** Columns, indexes and constraints from the database's own catalog, one string each. */
function readSchema(strapi: RemoteStrapi): Promise<string[]> {
  const queries: Record<string, string> = {
    sqlite: `select type, name, tbl_name, sql from sqlite_master`,
    postgres: `
      select table_name, column_name, data_type, is_nullable, column_default, null as definition
        from information_schema.columns where table_schema = 'public'
      union all select tablename, indexname, 'index', '', '', indexdef
        from pg_indexes where schemaname = 'public'
      union all select conrelid::regclass::text, conname, 'constraint', '', '', pg_get_constraintdef(oid)
        from pg_constraint where connamespace = 'public'::regnamespace`,
    mysql: `
      select table_name, column_name, column_type, is_nullable, column_default, collation_name
        from information_schema.columns where table_schema = database()
      union all select table_name, index_name, 'index', column_name, seq_in_index, non_unique
        from information_schema.statistics where table_schema = database()
      union all select table_name, constraint_name, 'constraint', '', delete_rule, ''
        from information_schema.referential_constraints where constraint_schema = database()`,
  };
  const { client } = strapi.db.dialect as { client: string };
  return strapi.db.connection.raw(queries[client] ?? '').then((answer) => {
    // Each driver has its own result format.
    const rows = (answer as { rows?: unknown[] }).rows ?? (answer as unknown[]);
    const flat = client === 'mysql' ? (rows[0] as unknown[]) : rows;
    return flat.map((row) => JSON.stringify(Object.values(row as object))).sort();
  });
}

/** The rows of a table, read by knex without content types. */
const raw = (table: string) =>
  site.strapi.run((strapi, name: string) => strapi.db.connection(name).select('*'), table);

/** Inserts a row without the plugin. */
const insert = (table: string, row: Record<string, unknown>) =>
  site.strapi.run(
    async (strapi, arg) => {
      await strapi.db.connection(arg.table).insert(arg.row);
    },
    { table, row },
  );

describe('the database itself', () => {
  const identity = { digest: 'the digest', issuer: 'an issuer', subject: 'a subject' };
  const code = { digest: 'the digest', sealed: 'nothing', expires_at: 9e12 };

  test.each<[string, Record<string, unknown>]>([
    ['cognito_identities', identity],
    ['cognito_one_time_codes', code],
  ])('rejects a second row of %s with the same digest', async (table, row) => {
    await insert(table, row);
    await expect(insert(table, row)).rejects.toThrow(/unique|duplicate/i);
    await insert(table, { ...row, digest: 'another digest' });
    expect(await raw(table)).toHaveLength(2);
  });

  test('rejects a second row with the name of a lease', async () => {
    const lease = { name: 'the name', owner: 'an owner', expires_at: 9e12 };
    await insert('cognito_leases', lease);
    const other = { ...lease, owner: 'another owner' };
    await expect(insert('cognito_leases', other)).rejects.toThrow(/unique|duplicate/i);
    await insert('cognito_leases', { ...other, name: 'another name' });
    expect(await raw('cognito_leases')).toHaveLength(2);
    await site.strapi.run((strapi) => strapi.db.query('plugin::cognito.lease').deleteMany({}));
  });

  test.each([
    'up_users_cognito_email_index',
    'up_users_cognito_username_index',
    `${userRoleTable}_cognito_index`,
    'cognito_leases_name_unique',
  ])('has %s', async (name) => {
    const found = (await site.strapi.run(readSchema)).filter((line) => line.includes(name));
    expect(found).not.toEqual([]);
  });

  test('stores large numbers: the expiry of a code is exact to the millisecond', async () => {
    const before = Date.now();
    await site.code('ann');
    const [stored] = await raw('cognito_one_time_codes');
    const expirations = Number(stored!.expires_at) - before;
    expect(expirations).toBeGreaterThan(59_000);
    expect(expirations).toBeLessThan(120_000);
  });
});

describe('a boot', () => {
  /** Everything that a boot could change. Strapi adds a row to the first table when it changes another. */
  const everything = async () => ({
    schemas: await raw('strapi_database_schema'),
    tables: await site.strapi.run(readSchema),
    leases: await raw('cognito_leases'),
    identities: await raw('cognito_identities'),
    users: await raw('up_users'),
  });

  test('changes nothing if it is not the first', async () => {
    await site.loginAs('ann');
    const before = await everything();
    await site.strapi.restart();
    expect(await everything()).toEqual(before);
  });

  test('without the plugin, then with it again, keeps the login working', async () => {
    const first = await site.loginAs('ann');
    const { tables } = await everything();

    await site.strapi.restart({ plugin: false });
    expect(await site.strapi.users()).toHaveLength(1);
    await site.strapi.restart({ plugin: true });

    expect((await everything()).tables).toEqual(tables);
    const again = await site.loginAs('ann');
    expect(again.body.user?.id).toBe(first.body.user!.id);
    expect(await site.strapi.users()).toHaveLength(1);
    expect(await site.rows('identity')).toHaveLength(1);
  });
});

if (testServer !== 'mysql') {
  test('a site with the index on emails of an earlier version starts, and users log in', async () => {
    await site.loginAs('ann');
    await site.strapi.run(async (strapi) => {
      const name = 'up_users_cognito_email_lower_index';
      await strapi.db.connection.raw(`create index ${name} on up_users (lower(email))`);
    });
    // Without the plugin's indexes, and with them again, Strapi changes the table.
    for (const plugin of [true, false, true]) await site.strapi.restart({ plugin });
    for (const name of ['ann', 'nia']) expect((await site.loginAs(name)).status).toBe(200);
    expect(await site.strapi.users()).toHaveLength(2);
    await site.strapi.run((strapi) =>
      strapi.db.connection
        .raw('drop index if exists up_users_cognito_email_lower_index')
        .then(String),
    );
  });
}

// MySQL refuses an index on the column that Strapi creates for "text", and Strapi would not start.
test.each(['username', 'email'])(
  'no index on the %s of users if it is a long text',
  async (field) => {
    const schema = usersPermissionsSchema('user');
    schema.attributes[field] = { type: 'text' };
    const file = 'src/extensions/users-permissions/content-types/user/schema.json';
    const strapi = await startStrapi({ files: { [file]: JSON.stringify(schema) } });
    try {
      const indexes = (await strapi.run(readSchema)).filter((line) => line.includes('_cognito_'));
      expect(indexes.join()).not.toContain(`up_users_cognito_${field}_index`);
      expect(indexes.join()).toContain('up_users_cognito_');
      const members = new Site(site.pool, strapi);
      await connectPool(members);
      const first = await members.loginAs('ann');
      expect((await members.loginAs('ann')).body.user?.id).toBe(first.body.user!.id);
    } finally {
      await strapi.stop();
    }
  },
);

if (testServer === 'postgres') {
  test('first and later logins work in a PostgreSQL schema other than public', async () => {
    await site.strapi.run((strapi) => strapi.db.connection.raw('create schema members'));
    const { database } = site.strapi;
    const connection = { ...database.connection, schema: 'members' };
    const strapi = await startStrapi({ database: { ...database, connection } });
    const members = new Site(site.pool, strapi);
    try {
      await connectPool(members);
      const { body } = await members.loginAs('ann');
      expect((await members.loginAs('ann')).body.user?.id).toBe(body.user!.id);
      expect(await members.rows('identity')).toHaveLength(1);
      expect(await raw('cognito_identities')).toEqual([]);
    } finally {
      await strapi.stop();
    }
  });
}

describe('users', () => {
  test('whose subjects only differ in case or a trailing space are different users', async () => {
    const subjects = ['abc', 'Abc', 'ABC', 'abc ', 'äbc', 'a\u0308bc'];
    for (const [index, sub] of subjects.entries()) {
      site.pool.addUser({
        name: `alike ${String(index)}`,
        username: `alike${String(index)}`,
        sub,
      });
    }
    const ids = new Set<number>();
    for (let round = 0; round < 2; round += 1) {
      for (const index of subjects.keys()) {
        const { status, body } = await site.loginAs(`alike ${String(index)}`);
        expect([subjects[index], status, body.error]).toEqual([subjects[index], 200, undefined]);
        ids.add(body.user!.id);
      }
    }
    expect(ids.size).toBe(subjects.length);
    const rows = await site.rows('identity');
    expect(rows.map(({ subject }) => subject)).toEqual(subjects);
  });

  test('whose names are in any script keep them', async () => {
    site.pool.addUser({ name: 'emoji', username: 'Zoë 日本 👩‍🚀 𝒳'.normalize('NFC') });
    const { body } = await site.loginAs('emoji');
    expect(body.user?.username).toContain('日本 👩');
    expect((await site.strapi.users()).map(({ username }) => username)).toEqual([
      body.user!.username,
    ]);
  });

  test.each([
    [
      'Strapi',
      (strapi: RemoteStrapi) =>
        strapi.db.query('plugin::users-permissions.user').deleteMany({}) as Promise<unknown>,
    ],
    [
      'the database',
      (strapi: RemoteStrapi) =>
        strapi.db
          .connection('up_users')
          .where({ email: 'ann@example.com' })
          .delete() as Promise<unknown>,
    ],
  ])('whose user is deleted by %s can log in again, as a new user', async (_, remove) => {
    const first = await site.loginAs('ann');
    await site.strapi.run(remove);

    const rows = await site.rows('identity', ['user']);
    expect(rows.filter(({ user }) => user !== null)).toEqual([]);

    const again = await site.loginAs('ann');
    expect(again.status).toBe(200);
    expect(again.body.user!.id).not.toBe(first.body.user!.id);
    expect(await site.rows('identity', ['user'])).toMatchObject([
      { user: { id: again.body.user!.id } },
    ]);
  });
});
