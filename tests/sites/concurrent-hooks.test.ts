/* Hooks of the site with many concurrent logins, and a process that is killed during a hook. */
import { expectLoggedIn } from '../support/assertions';
import { extendedUser } from '../support/app-files';
import type { Answer } from '../support/site';
import {
  HOOK_FILES,
  logIn,
  waitForNotes,
  notes,
  openGate,
  tableRows,
  setCode,
  useSite,
} from '../support/site-code';
import { issueJwt, link, addPoolUser, createUser, identityOwners } from '../support/users';
import { waitUntil } from '../support/wait-until';

const site = useSite({
  cognito: { users: { attributes: { 'custom:staff_number': 'staffNumber' } } },
  files: {
    ...HOOK_FILES,
    ...extendedUser({
      staffNumber: { type: 'string', unique: true },
      points: { type: 'integer' },
    }),
  },
});

/** What sites do for a new user: read, write by knex and by the entity service, and wait. */
const BUSY = {
  beforeCreate: `async ({ params }) => {
    own.notes.push(params.data.email);
    const users = await strapi.db.connection('up_users').count({ count: '*' });
    params.data.points = Number(users[0].count) >= 0 ? 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }`,
  afterCreate: `async ({ result }) => {
    await strapi.db.connection('site_profiles').insert({ owner_id: result.id, label: result.email });
    await new Promise((resolve) => setTimeout(resolve, 10));
    await strapi.db.connection('up_users').where({ id: result.id }).update({ points: 100 });
  }`,
};

const getUserId = (answer: Answer) => expectLoggedIn(answer).user.id;
const times = <T>(count: number, make: (turn: number) => T) =>
  Array.from({ length: count }, (_, turn) => make(turn));

/** Expects one user, for whom the hooks ran once. */
async function expectOne(answers: Answer[]): Promise<number> {
  const [id, ...others] = new Set(answers.map(getUserId));
  expect(others).toEqual([]);
  expect(await site().strapi.users()).toMatchObject([{ id, points: 100 }]);
  expect(await identityOwners(site())).toEqual([id]);
  expect(await tableRows(site(), 'site_profiles')).toMatchObject([{ owner_id: id }]);
  return id!;
}

describe('at the same time, with hooks that use the database', () => {
  test.each([20, 50])(
    '%d first logins of one identity create one user, and the hooks run once',
    async (count) => {
      await setCode(site(), BUSY);
      const name = addPoolUser(site());
      const answers = await Promise.all(times(count, () => logIn(site(), name)));
      await expectOne(answers);
      expect(await notes(site())).toEqual([`${name}@example.com`]);
    },
  );

  test('twenty identities get twenty users', async () => {
    await setCode(site(), BUSY);
    const names = times(20, () => addPoolUser(site()));
    const answers = await Promise.all(names.map((name) => logIn(site(), name)));
    expect(new Set(answers.map(getUserId)).size).toBe(20);
    const users = await site().strapi.users();
    expect(users.map(({ points }) => points)).toEqual(names.map(() => 100));
    expect(await tableRows(site(), 'site_profiles')).toHaveLength(20);
    for (const answer of answers.slice(0, 3)) {
      expect((await site().me(expectLoggedIn(answer).jwt)).status).toBe(200);
    }
  });

  test('twenty identities with one username get twenty users, one of them with it', async () => {
    await setCode(site(), BUSY);
    const names = times(20, () => addPoolUser(site(), { username: 'wanted' }));
    const answers = await Promise.all(names.map((name) => logIn(site(), name)));
    expect(new Set(answers.map(getUserId)).size).toBe(20);
    const usernames = (await site().strapi.users()).map(({ username }) => username);
    expect(new Set(usernames.map((username) => username.toLowerCase())).size).toBe(20);
    expect(usernames.filter((username) => username === 'wanted')).toHaveLength(1);
  });

  test('twenty identities whose hooks do not await their work', async () => {
    await setCode(site(), {
      afterCreate: `({ result }) => {
        ['a', 'b', 'c', 'd'].forEach(async (label) => {
          await strapi.db.connection('site_profiles').insert({ owner_id: result.id, label });
          own.notes.push(label);
        });
      }`,
    });
    const names = times(20, () => addPoolUser(site()));
    (await Promise.all(names.map((name) => logIn(site(), name)))).forEach(getUserId);
    await waitForNotes(site(), 80);
    expect(await tableRows(site(), 'site_profiles')).toHaveLength(80);
  });

  test('twenty first logins of one identity whose hook throws once all log in that user in the end', async () => {
    await setCode(site(), {
      afterCreate: `({ result }) => {
        own.notes.push(result.id);
        if (own.notes.length === 1) throw new Error('mail is down');
      }`,
    });
    const name = addPoolUser(site());
    const answers = await Promise.all(times(20, () => logIn(site(), name)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.map(({ status, body }) => [status, body.error?.message])).toEqual([
      [400, 'mail is down'],
    ]);
    const [user, ...others] = await site().strapi.users();
    expect(others).toEqual([]);
    expect(getUserId(await logIn(site(), name))).toBe(user!.id);
    expect(await identityOwners(site())).toEqual([user!.id]);
  });

  test('twenty with the same value for a unique field all log in, and one has it', async () => {
    await setCode(site(), BUSY);
    const attributes = { 'custom:staff_number': 'seven' };
    const names = times(20, () => addPoolUser(site(), { attributes }));
    (await Promise.all(names.map((name) => logIn(site(), name)))).forEach(getUserId);
    const numbers = (await site().strapi.users()).map(({ staffNumber }) => staffNumber);
    expect(numbers.filter((number) => number === 'seven')).toHaveLength(1);
  });

  test('a link and logins of the same account: one user has it', async () => {
    const name = addPoolUser(site());
    // Strapi 5 adds a user in its own transaction, for which knex in a hook would wait forever on SQLite.
    const { id } = await createUser(site(), { password: 'Password-1' });
    await setCode(site(), BUSY);
    const jwt = await issueJwt(site(), { id });
    const [linked, ...logins] = await Promise.all([
      link(site(), jwt, { id_token: site().pool.tokensFor(name).id_token }),
      ...times(10, () => logIn(site(), name)),
    ]);
    const [owner, ...more] = await identityOwners(site());
    expect(more).toEqual([]);
    expect(linked.status).toBe(owner === id ? 200 : 409);
    expect(new Set(logins.map(getUserId))).toEqual(new Set([owner]));
  });

  test('a first login that a hook delays, and a second one of the same identity', async () => {
    const name = addPoolUser(site());
    await setCode(site(), {
      afterCreate: `({ result }) => result.username === '${name}'
        ? new Promise((resolve) => { own.open = resolve; own.notes.push('held'); })
        : undefined`,
    });
    const first = logIn(site(), name);
    await waitForNotes(site(), 1);
    const second = logIn(site(), name);
    expectLoggedIn(await logIn(site(), addPoolUser(site())));
    await openGate(site());
    const answers = await Promise.all([first, second]);
    const ids = new Set(answers.filter(({ status }) => status === 200).map(getUserId));
    expect(answers[0].status).toBe(200);
    expect(ids.size).toBe(1);
    // One that waited too long is told to try again.
    if (answers[1].status !== 200) {
      expect(answers[1].body.error?.details.code).toBe('login_in_progress');
      expect(answers[1].headers.get('retry-after')).toMatch(/^\d+$/);
    }
    expect((await site().strapi.users()).filter(({ username }) => username === name)).toHaveLength(
      1,
    );
  });
});

describe.each(['beforeCreate', 'afterCreate'])('killed during %s', (moment) => {
  test('the next login works within ten seconds, with one user', async () => {
    const name = addPoolUser(site());
    await setCode(site(), {
      [moment]: `() => { own.notes.push('held'); return new Promise(() => undefined); }`,
    });
    const gone = expect(logIn(site(), name)).rejects.toThrow();
    await waitForNotes(site(), 1);
    await site().strapi.kill();
    await gone;
    await site().strapi.restart();

    let last: Answer | undefined;
    const worked = await waitUntil(10, async () => {
      last = await logIn(site(), name);
      return last.status === 200;
    });
    expect({ worked, body: last?.body.error }).toEqual({ worked: true, body: undefined });
    const { user, jwt } = expectLoggedIn(last!);
    expect((await site().me(jwt)).body.id).toBe(user.id);
    expect((await site().strapi.users()).map(({ id }) => id)).toEqual([user.id]);
    expect(await identityOwners(site())).toEqual([user.id]);
  });
});
