/* Two emails that only differ in case are one email, whatever code has stored them, on every database. */
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import type { Site } from '../support/site';
import { PROVIDERS, logIn, tableRows, useBoth } from '../support/site-code';
import { addPoolUser, createUser, identityOwners, getUser, withUsers } from '../support/users';

const getSite = useBoth();
const site = () => getSite('plugin');

const STORED = 'Casey.Jones@Example.com';

/** A user whom a script has imported without converting the email to lower case. */
async function imported(where: Site, data: Record<string, unknown>): Promise<number> {
  const { id } = await createUser(where, data);
  await where.strapi.run(
    async (strapi, arg) => {
      await strapi.db.connection.raw('update up_users set email = ? where id = ?', [
        arg.email,
        arg.id,
      ]);
    },
    { id, email: data.email as string },
  );
  return id;
}

const person = (where: Site, email: string) =>
  addPoolUser(where, { attributes: { email, email_verified: true } });

const emails = async () => (await tableRows(site(), 'up_users')).map(({ email }) => email);

describe.each(['casey.jones@example.com', 'CASEY.JONES@EXAMPLE.COM', 'casey.Jones@Example.com'])(
  'a row with capitals, and %s in Cognito',
  (email) => {
    test('a user of the built-in provider is adopted', async () => {
      const id = await imported(site(), { provider: 'cognito', email: STORED });
      const name = person(site(), email);
      expect(expectLoggedIn(await logIn(site(), name)).user.id).toBe(id);
      expect(await emails()).toEqual([STORED.toLowerCase()]);
      expect(expectLoggedIn(await logIn(site(), name)).user.id).toBe(id);
      expect(await identityOwners(site())).toEqual([id]);
      expect(await site().strapi.users()).toHaveLength(1);
    });

    test('a local user is not changed: email_taken, with Strapi’s message', async () => {
      await imported(site(), { provider: 'local', email: STORED });
      const answer = await logIn(site(), person(site(), email));
      expectRefusal(answer, 'email_taken');
      expect(answer.body.error?.message).toMatch(/^Email is already taken\./);
      expect(await emails()).toEqual([STORED]);
    });

    test('a local user is linked by verified-email', async () => {
      await site().strapi.advanced({ email_confirmation: true });
      const id = await imported(site(), { provider: 'local', email: STORED, confirmed: true });
      await withUsers(site(), { linking: 'verified-email' }, async () => {
        expect(expectLoggedIn(await logIn(site(), person(site(), email))).user.id).toBe(id);
      });
      expect(await getUser(site(), id)).toMatchObject({ provider: 'local' });
      expect(await identityOwners(site())).toEqual([id]);
    });
  },
);

describe('two identities', () => {
  test('whose emails differ only in case do not get two users', async () => {
    const first = person(site(), 'Robin@Example.com');
    const { id } = expectLoggedIn(await logIn(site(), first)).user;
    expect(await getUser(site(), id)).toMatchObject({ email: 'robin@example.com' });
    for (const email of ['robin@example.com', 'ROBIN@EXAMPLE.COM']) {
      expectRefusal(await logIn(site(), person(site(), email)), 'email_taken');
    }
    expect(await site().strapi.users()).toHaveLength(1);
  });

  test('at the same time get one user, and the others are refused', async () => {
    const names = Array.from({ length: 10 }, (_, turn) =>
      person(site(), turn % 2 ? 'Robin@Example.com' : 'robin@example.com'),
    );
    const answers = await Promise.all(names.map((name) => logIn(site(), name)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    answers
      .filter((answer) => !good.includes(answer))
      .forEach((answer) => expectRefusal(answer, 'email_taken'));
    expect(await site().strapi.users()).toHaveLength(1);
  });

  test('at the same time adopt a user with capitals once', async () => {
    const id = await imported(site(), { provider: 'cognito', email: STORED });
    const names = Array.from({ length: 10 }, () => person(site(), 'casey.jones@example.com'));
    const answers = await Promise.all(names.map((name) => logIn(site(), name)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good.map((answer) => expectLoggedIn(answer).user.id)).toEqual([id]);
    expect(await site().strapi.users()).toHaveLength(1);
  });

  test('get two users if emails need not be unique', async () => {
    await site().strapi.advanced({ unique_email: false });
    const first = expectLoggedIn(await logIn(site(), person(site(), 'Robin@Example.com'))).user;
    const second = expectLoggedIn(await logIn(site(), person(site(), 'robin@example.com'))).user;
    expect(second.id).not.toBe(first.id);
  });
});

describe('at a later login', () => {
  test('an email that another user has in capitals is not saved', async () => {
    await imported(site(), { provider: 'local', email: STORED });
    const name = person(site(), 'robin@example.com');
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    site().pool.user(name).attributes.email = 'casey.jones@example.com';
    expect(expectLoggedIn(await logIn(site(), name)).user.id).toBe(id);
    expect(await getUser(site(), id)).toMatchObject({ email: 'robin@example.com' });
  });

  test('capitals in Cognito change nothing', async () => {
    const name = person(site(), 'robin@example.com');
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    const before = await getUser(site(), id);
    site().pool.user(name).attributes.email = 'Robin@Example.com';
    expectLoggedIn(await logIn(site(), name));
    expect(await getUser(site(), id)).toEqual(before);
  });

  test('a new email is saved, and the old one is free', async () => {
    const name = person(site(), 'Robin@Example.com');
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    site().pool.user(name).attributes.email = 'Robin.New@Example.com';
    expectLoggedIn(await logIn(site(), name));
    expect(await getUser(site(), id)).toMatchObject({ email: 'robin.new@example.com' });
    expectLoggedIn(await logIn(site(), person(site(), 'ROBIN@example.com')));
  });
});

test('letters beyond ASCII are compared without case too', async () => {
  const id = await imported(site(), { provider: 'cognito', email: 'JÜRGEN@Example.com' });
  const name = person(site(), 'jürgen@example.com');
  expect(expectLoggedIn(await logIn(site(), name)).user.id).toBe(id);
});

test('a username that is another user’s email in another case is not used', async () => {
  await imported(site(), { provider: 'local', email: STORED });
  const name = addPoolUser(site(), { username: 'casey.jones@example.com' });
  const { id } = expectLoggedIn(await logIn(site(), name)).user;
  const { username } = await getUser(site(), id);
  expect(username.toLowerCase()).not.toBe(STORED.toLowerCase());
});

test.each(PROVIDERS)('%s: new users’ emails are stored in lower case', async (provider) => {
  const where = getSite(provider);
  expectLoggedIn(await logIn(where, person(where, 'Robin@Example.COM')));
  expect((await tableRows(where, 'up_users')).map(({ email }) => email)).toEqual([
    'robin@example.com',
  ]);
});
