/* What is removed in Cognito is cleared in Strapi, at a login with all attributes. */
import { createHash } from 'node:crypto';
import { expectLoggedIn } from '../support/assertions';
import { extendedUser } from '../support/app-files';
import type { Site } from '../support/site';
import { logIn, useSite } from '../support/site-code';
import type { StoredUser } from '../support/strapi';
import {
  HOOKED_USERS,
  updateUser,
  addPoolUser,
  setHooks,
  getUser,
  withUsers,
} from '../support/users';

const site = useSite({
  cognito: `{
    bearer: { enabled: true },
    users: Object.assign(${HOOKED_USERS}, {
      attributes: {
        'custom:department': 'department',
        'custom:level': 'level',
        'custom:plan': 'plan',
        'custom:active': 'active',
        'custom:badge': 'badge',
        given_name: 'firstName',
      },
    }),
  }`,
  files: extendedUser({
    department: { type: 'string' },
    level: { type: 'integer' },
    plan: { type: 'string', default: 'free' },
    active: { type: 'boolean', default: true },
    badge: { type: 'string', unique: true },
    firstName: { type: 'string' },
    fromProfile: { type: 'string' },
    ranked: { type: 'integer', default: 1 },
    ofTheSite: { type: 'string' },
  }),
});

beforeEach(() => setHooks(site(), {}));

const FULL = {
  'custom:department': 'sales',
  'custom:level': '7',
  'custom:plan': 'paid',
  'custom:active': 'false',
  given_name: 'Zoë',
};

const STORED = { department: 'sales', level: 7, plan: 'paid', active: false, firstName: 'Zoë' };

/** Takes the lease of a name for another login, and returns a function that releases it. */
async function takeLease(of: Site, name: string): Promise<() => Promise<void>> {
  const row = {
    name: createHash('sha256').update(name).digest('hex'),
    owner: 'another',
    expiresAt: Date.now() + 60_000,
  };
  await of.strapi.run(
    (strapi, data) => strapi.db.query('plugin::cognito.lease').create({ data }),
    row,
  );
  return () =>
    of.strapi.run(
      async (strapi, where) => {
        await strapi.db.query('plugin::cognito.lease').deleteMany({ where });
      },
      { owner: row.owner },
    );
}

/** The row after a login. */
async function rowAfter(login: ReturnType<typeof logIn>): Promise<StoredUser> {
  return getUser(site(), expectLoggedIn(await login).user.id);
}

/** Adds a pool user whose attributes are all in Strapi. */
async function full(): Promise<string> {
  const name = addPoolUser(site(), { attributes: FULL });
  expect(await rowAfter(logIn(site(), name))).toMatchObject(STORED);
  return name;
}

const remove = (name: string, ...attributes: string[]) => {
  const person = site().pool.user(name);
  person.attributes = Object.fromEntries(
    Object.entries(person.attributes).filter(([attribute]) => !attributes.includes(attribute)),
  );
};

describe('a mapped attribute that is removed in Cognito', () => {
  test.each([
    ['custom:department', { department: null }],
    ['custom:level', { level: null }],
    ['custom:plan', { plan: 'free' }],
    ['custom:active', { active: true }],
    ['given_name', { firstName: null }],
  ])('%s is cleared, to its default if it has one', async (attribute, cleared) => {
    const name = await full();
    remove(name, attribute);
    expect(await rowAfter(logIn(site(), name))).toMatchObject({ ...STORED, ...cleared });
    // And it is filled again.
    site().pool.user(name).attributes[attribute] = FULL[attribute as keyof typeof FULL];
    expect(await rowAfter(logIn(site(), name))).toMatchObject(STORED);
  });

  test('is cleared in the response of that login too', async () => {
    const name = await full();
    remove(name, 'given_name');
    const { jwt, user } = expectLoggedIn(await logIn(site(), name));
    expect(user).toMatchObject({ firstName: null });
    expect(user).toEqual((await site().me(jwt)).body);
  });

  test('is cleared by a login in the browser', async () => {
    const name = await full();
    remove(name, ...Object.keys(FULL));
    expect(await rowAfter(site().loginAs(name))).toMatchObject({
      ...{ department: null, level: null, plan: 'free', active: true, firstName: null },
    });
  });

  test('is cleared with others in one update, and none at the next login', async () => {
    const name = await full();
    remove(name, ...Object.keys(FULL));
    const { updatedAt } = await rowAfter(logIn(site(), name));
    expect((await rowAfter(logIn(site(), name))).updatedAt).toBe(updatedAt);
  });

  test('stays with users.syncOnLogin off', async () => {
    const name = await full();
    remove(name, ...Object.keys(FULL));
    await withUsers(site(), { syncOnLogin: false }, async () => {
      expect(await rowAfter(logIn(site(), name))).toMatchObject(STORED);
    });
  });

  test('stays at a login with an access token: userInfo has fewer claims', async () => {
    const name = await full();
    remove(name, ...Object.keys(FULL));
    const { access_token } = site().pool.tokensFor(name);
    expect(await rowAfter(site().exchangeByPost({ access_token }))).toMatchObject(STORED);
  });

  test('stays when an access token is used as bearer', async () => {
    const name = await full();
    remove(name, ...Object.keys(FULL));
    const { access_token } = site().pool.tokensFor(name);
    const { status, body } = await site().me(access_token);
    expect(status).toBe(200);
    expect(await getUser(site(), body.id!)).toMatchObject(STORED);
  });

  test('does not affect fields that are not mapped', async () => {
    const name = await full();
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    await updateUser(site(), id, { ofTheSite: 'kept' });
    remove(name, ...Object.keys(FULL));
    expect(await rowAfter(logIn(site(), name))).toMatchObject({ ofTheSite: 'kept' });
  });

  test('is null or the default for a new user', async () => {
    expect(await rowAfter(logIn(site(), addPoolUser(site())))).toMatchObject({
      ...{ department: null, level: null, plan: 'free', active: true, firstName: null },
    });
  });
});

test('only a new email that another login is about to save waits for the next login', async () => {
  const name = await full();
  const { attributes } = site().pool.user(name);
  const [before, email] = [attributes.email, `new.${String(attributes.email)}`];
  Object.assign(attributes, { email, 'custom:badge': `badge of ${name}` });
  const release = await takeLease(site(), `email ${email}`);
  expect(await rowAfter(logIn(site(), name))).toMatchObject({
    email: before,
    badge: `badge of ${name}`,
  });
  await release();
  expect(await rowAfter(logIn(site(), name))).toMatchObject({ email });
});

describe('mapProfile', () => {
  test('that returns null clears, to the default if the field has one', async () => {
    const name = addPoolUser(site());
    await setHooks(site(), { mapProfile: () => ({ fromProfile: 'gold', ranked: 9 }) });
    expect(await rowAfter(logIn(site(), name))).toMatchObject({ fromProfile: 'gold', ranked: 9 });
    await setHooks(site(), { mapProfile: () => ({ fromProfile: null, ranked: null }) });
    expect(await rowAfter(logIn(site(), name))).toMatchObject({ fromProfile: null, ranked: 1 });
  });

  test('that no longer returns a field does not change it', async () => {
    const name = addPoolUser(site());
    await setHooks(site(), { mapProfile: () => ({ fromProfile: 'gold' }) });
    await logIn(site(), name);
    await setHooks(site(), { mapProfile: () => ({}) });
    expect(await rowAfter(logIn(site(), name))).toMatchObject({ fromProfile: 'gold' });
    await setHooks(site(), {
      mapProfile: (0, eval)('() => ({ fromProfile: undefined })') as () => unknown,
    });
    expect(await rowAfter(logIn(site(), name))).toMatchObject({ fromProfile: 'gold' });
  });

  test('that returns a field of a removed attribute has priority', async () => {
    const name = await full();
    remove(name, 'custom:department');
    await setHooks(site(), { mapProfile: () => ({ department: 'by mapProfile' }) });
    expect(await rowAfter(logIn(site(), name))).toMatchObject({ department: 'by mapProfile' });
  });
});
