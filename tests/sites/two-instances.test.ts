/* Hooks of the site with two instances on one database. */
import { expectLoggedIn } from '../support/assertions';
import { extendedUser } from '../support/app-files';
import { type Answer, Site } from '../support/site';
import {
  HOOK_FILES,
  logIn,
  waitForNotes,
  notes,
  tableRows,
  setCode,
  startWithKeys,
} from '../support/site-code';
import { startStrapi } from '../support/strapi';
import { addPoolUser, identityOwners } from '../support/users';
import { waitUntil } from '../support/wait-until';

const options = { files: { ...HOOK_FILES, ...extendedUser({ points: { type: 'integer' } }) } };

const BUSY = {
  beforeCreate: `async ({ params }) => {
    await strapi.db.connection('site_profiles').insert({ label: 'before ' + params.data.email });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }`,
  afterCreate: `async ({ result }) => {
    await strapi.db.connection('site_profiles').insert({ owner_id: result.id, label: 'after' });
    await strapi.db.connection('up_users').where({ id: result.id }).update({ points: 100 });
  }`,
};

let a: Site;
let b: Site;

beforeAll(async () => {
  a = await startWithKeys(options);
  b = new Site(a.pool, await startStrapi({ ...options, database: a.strapi.database }));
}, 120_000);

beforeEach(async () => {
  for (const site of [a, b]) await setCode(site, {});
  await a.clearUsers();
  await a.strapi.run(async (strapi) => {
    await strapi.db.connection('site_profiles').where({}).delete();
  });
});

afterAll(async () => {
  // `a` last, because it owns the database.
  await b.strapi.stop();
  await a.stop();
});

const inTurns = (turn: number): Site => (turn % 2 === 0 ? a : b);
const getUserId = (answer: Answer) => expectLoggedIn(answer).user.id;

test('forty first logins of one identity on both instances: one user, and the hooks run once', async () => {
  for (const site of [a, b]) await setCode(site, BUSY);
  const name = addPoolUser(a);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, turn) => logIn(inTurns(turn), name)),
  );
  const [id, ...others] = new Set(answers.map(getUserId));
  expect(others).toEqual([]);
  expect(await a.strapi.users()).toMatchObject([{ id, points: 100 }]);
  expect(await identityOwners(a)).toEqual([id]);
  const rows = await tableRows(a, 'site_profiles');
  expect(rows.map(({ label }) => label).sort()).toEqual(['after', `before ${name}@example.com`]);
});

test('twenty identities with one username on both instances get twenty users', async () => {
  for (const site of [a, b]) await setCode(site, BUSY);
  const names = Array.from({ length: 20 }, () => addPoolUser(a, { username: 'wanted' }));
  const answers = await Promise.all(names.map((name, turn) => logIn(inTurns(turn), name)));
  expect(new Set(answers.map(getUserId)).size).toBe(20);
  const usernames = (await a.strapi.users()).map(({ username }) => username.toLowerCase());
  expect(new Set(usernames).size).toBe(20);
});

test('a hook that takes longer than the lifetime of a lease: still one user', async () => {
  const name = addPoolUser(a);
  await setCode(a, {
    beforeCreate: `async ({ params }) => {
      own.notes.push(params.data.email);
      await new Promise((resolve) => setTimeout(resolve, 12_000));
    }`,
  });
  const first = logIn(a, name);
  await waitForNotes(a, 1);
  const others: Answer[] = [];
  const more = waitUntil(11, async () => {
    others.push(await logIn(b, name));
    return false;
  });
  const id = getUserId(await first);
  await more;
  expect(await notes(a)).toEqual([`${name}@example.com`]);
  expect((await a.strapi.users()).map((user) => user.id)).toEqual([id]);
  expect(others.length).toBeGreaterThan(0);
  for (const other of others) {
    if (other.status === 200) expect(getUserId(other)).toBe(id);
    else expect(other.body.error?.details.code).toBe('login_in_progress');
  }
});

test('an instance is killed during a hook: the other one continues within ten seconds', async () => {
  const name = addPoolUser(a);
  await setCode(b, {
    beforeCreate: `() => { own.notes.push('held'); return new Promise(() => undefined); }`,
  });
  const gone = expect(logIn(b, name)).rejects.toThrow();
  await waitForNotes(b, 1);
  await b.strapi.kill();
  await gone;
  let last: Answer | undefined;
  const worked = await waitUntil(10, async () => {
    last = await logIn(a, name);
    return last.status === 200;
  });
  expect({ worked, body: last?.body.error }).toEqual({ worked: true, body: undefined });
  const id = getUserId(last!);
  expect((await a.strapi.users()).map((user) => user.id)).toEqual([id]);
  expect(await identityOwners(a)).toEqual([id]);

  await b.strapi.restart();
  expect(getUserId(await logIn(b, name))).toBe(id);
});
