import type { LinkedIdentity, Page } from '../../server/admin-contract';
import { type ErrorResponse, callAdmin } from '../support/admin';
import { expectLoggedIn } from '../support/assertions';
import { type Site, startSite } from '../support/site';
import { strapiMajor } from '../support/strapi';
import {
  exchangeIdToken,
  updateUser,
  addPoolUser,
  createUser,
  insertIdentity,
} from '../support/users';

let site: Site;
let token: string;

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  token = await site.strapi.admin();
});

beforeEach(() => site.clearUsers());

const call = <Body>(method: 'GET' | 'DELETE', path: string) =>
  callAdmin<Body>(site, token, method, path);

async function list(query: Record<string, string> = {}): Promise<Page<LinkedIdentity>> {
  const path = `/identities?${new URLSearchParams(query).toString()}`;
  const { status, body } = await call<Page<LinkedIdentity>>('GET', path);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body;
}

/** Logs in a new user with this username, and returns the user's id. */
async function member(username: string, email?: string): Promise<number> {
  const attributes = { preferred_username: username, ...(email !== undefined && { email }) };
  const name = addPoolUser(site, { attributes });
  const { id } = expectLoggedIn(await exchangeIdToken(site, name)).user;
  // Set directly: a username that looks like an email is not assigned to every user.
  await updateUser(site, id, { username });
  return id;
}

const found = async (q: string) => (await list({ q })).results.map(({ user }) => user.username);

test('lists the users who have one, newest first, with few fields', async () => {
  const before = Date.now();
  await createUser(site);
  const ids = [await member('ann'), await member('bob', 'bob@example.net')];
  const { results, pagination } = await list();
  expect(pagination).toEqual({ page: 1, pageSize: 10, pageCount: 1, total: 2 });
  expect(results.map(({ user }) => user.id)).toEqual([...ids].reverse());
  expect(results[0]).toEqual({
    id: expect.any(Number) as number,
    issuer: site.pool.issuer,
    subject: expect.stringMatching(/^[\w-]{8,}$/) as string,
    linkedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    user: {
      id: ids[1],
      // The Content Manager of Strapi 5 finds them by this.
      ...(strapiMajor === 5 && { documentId: expect.stringMatching(/^[a-z0-9]{24}$/) as string }),
      username: 'bob',
      email: 'bob@example.net',
      provider: 'cognito',
      blocked: false,
    },
  });
  expect(Date.parse(results[0]?.linkedAt ?? '')).toBeGreaterThanOrEqual(before - 1000);
});

test('lists them in pages', async () => {
  for (const name of ['ann', 'bob', 'cid']) await member(name);
  const pages = [
    await list({ pageSize: '2' }),
    await list({ pageSize: '2', page: '2' }),
    await list({ pageSize: '2', page: '3' }),
  ];
  expect(pages.map(({ results }) => results.map(({ user }) => user.username))).toEqual([
    ['cid', 'bob'],
    ['ann'],
    [],
  ]);
  expect(pages[1]!.pagination).toEqual({ page: 2, pageSize: 2, pageCount: 2, total: 3 });
});

test('finds users by the start of a username or an email, in pages', async () => {
  await member('ann');
  await member('Anna');
  await member('hannah', 'ann.smith@example.net');
  await member('bob', 'bob@example.net');
  expect(await found('ann')).toEqual(['hannah', 'Anna', 'ann']);
  expect(await found('ANN')).toContain('hannah');
  expect(await found(' ann.sm ')).toEqual(['hannah']);
  expect(await found('nn')).toEqual([]);
  expect(await found('bob@example.net')).toEqual(['bob']);
  // SQLite only knows the case of ASCII letters.
  await member('Örjan');
  expect(await found('Örjan')).toEqual(['Örjan']);
  const page = await list({ q: 'ann', pageSize: '1', page: '2' });
  expect(page.results.map(({ user }) => user.username)).toEqual(['Anna']);
  expect(page.pagination).toEqual({ page: 2, pageSize: 1, pageCount: 3, total: 3 });
});

const ODD_NAMES = ['50% off', '50 on', '5_x', '51x', 'a!b', 'axb', 'a\\b', "o'hara", 'Zoë', '日本'];

test.each([
  ['a!', ['a!b']],
  ["o'", ["o'hara"]],
  ['Zoë', ['Zoë']],
  ['日', ['日本']],
])('treats %s literally', async (q, expected) => {
  for (const name of ODD_NAMES) await member(name);
  expect(await found(q)).toEqual(expected);
});

test.each(['50%', '5_', 'a\\', '%'])('treats %s as Strapi itself does', async (q) => {
  for (const name of ODD_NAMES) await member(name);
  const own = await site.strapi.run(
    (strapi, start) =>
      strapi.db.query('plugin::users-permissions.user').findMany({
        where: { $or: [{ username: { $startsWithi: start } }, { email: { $startsWithi: start } }] },
        orderBy: { id: 'desc' },
      }),
    q,
  );
  expect(await found(q)).toEqual(own.map(({ username }) => username as string));
});

test('finds a user by the exact id', async () => {
  const id = await member('ann');
  const other = await member(`${id}th`);
  await updateUser(site, other, { email: 'other@example.com' });
  expect(await found(String(id))).toEqual([`${id}th`, 'ann']);
  expect((await list({ user: String(id) })).results.map(({ user }) => user.id)).toEqual([id]);
  expect((await list({ user: '2147483647' })).pagination.total).toBe(0);
  expect((await list({ q: '99999999999999999999' })).results).toEqual([]);
});

test('shows all identities of one user', async () => {
  const user = await createUser(site);
  // A user now has one, and may have several from older versions.
  for (const name of [addPoolUser(site), addPoolUser(site)])
    await insertIdentity(site, name, user.id);
  const { results } = await list({ user: String(user.id) });
  expect(results.map((each) => [each.user.id, each.user.provider])).toEqual([
    [user.id, 'local'],
    [user.id, 'local'],
  ]);
  expect(new Set(results.map(({ subject }) => subject)).size).toBe(2);
});

test.each([
  ['page', '0'],
  ['page', 'x'],
  ['page', '1e3'],
  ['pageSize', '101'],
  ['user', '-1'],
  ['user', '2147483648'],
  ['q', 'x'.repeat(256)],
])('refuses a %s of %s', async (name, value) => {
  const query = new URLSearchParams({ [name]: value }).toString();
  const { status, body } = await call<ErrorResponse>('GET', `/identities?${query}`);
  expect([status, body.error.name]).toEqual([400, 'ValidationError']);
  expect(body.error.details.errors?.map(({ path }) => path)).toEqual([[name]]);
});

test('rejects parameters that are sent twice', async () => {
  for (const query of ['q=a&q=b', 'page=1&page=2', 'user[id]=1']) {
    expect((await call('GET', `/identities?${query}`)).status).toBe(400);
  }
});

test('takes no more queries for a full page than for one row', async () => {
  const queriesOf = async (query: Record<string, string>) => {
    await site.strapi.run((strapi) => {
      const counted = globalThis as { sqls?: string[]; note?: (query: { sql: string }) => void };
      counted.sqls = [];
      counted.note ??= ({ sql }) => counted.sqls?.push(sql);
      const knex = strapi.db.connection as unknown as {
        off(event: string, listener: unknown): void;
        on(event: string, listener: unknown): void;
      };
      knex.off('query', counted.note);
      knex.on('query', counted.note);
    });
    await list(query);
    const sqls = await site.strapi.run(() => (globalThis as { sqls?: string[] }).sqls ?? []);
    return sqls.filter((sql) => /up_users|cognito_identities/.test(sql)).length;
  };
  await member('ann');
  const one = [await queriesOf({}), await queriesOf({ q: 'a' })];
  for (let n = 0; n < 9; n += 1) await member(`a${n}`);
  expect([await queriesOf({}), await queriesOf({ q: 'a' })]).toEqual(one);
  expect(Math.max(...one)).toBeLessThanOrEqual(4);
});

test('unlinks only this one, of any user', async () => {
  const [ann, bob] = [await member('ann'), await member('bob')];
  const [{ id }] = (await list({ user: String(ann) })).results as [LinkedIdentity];
  await site.strapi.forgetLogs();
  const { status, text } = await call('DELETE', `/identities/${id}`);
  expect([status, text]).toEqual([204, '']);
  expect((await list()).results.map(({ user }) => user.id)).toEqual([bob]);
  expect((await site.strapi.users()).map((user) => user.id)).toEqual([ann, bob]);
  expect((await site.strapi.allLogs()).join('\n')).toMatch(
    new RegExp(`administrator 1 unlinked identity ${id}`),
  );
  expect((await call('DELETE', `/identities/${id}`)).status).toBe(404);
});

test.each(['x', '0', '1x', '99999999999'])('unlinks nothing by %s', async (id) => {
  await member('ann');
  expect((await call('DELETE', `/identities/${id}`)).status).toBe(404);
  expect((await list()).pagination.total).toBe(1);
});
