/* The user in the response is the same as in `/api/users/me` with its JWT, whatever hooks on reading do. */
import { expectLoggedIn } from '../support/assertions';
import { extendedUser } from '../support/app-files';
import type { Site } from '../support/site';
import {
  HOOK_FILES,
  PROVIDERS,
  LOGIN_METHODS,
  logIn,
  notes,
  tableRows,
  setCode,
  useBoth,
} from '../support/site-code';
import { updateUser, issueJwt, addPoolUser, createUser, getUser } from '../support/users';

const getSite = useBoth({
  cognito: { users: { attributes: { 'custom:phone': 'phone', 'custom:note': 'note' } } },
  files: {
    ...HOOK_FILES,
    ...extendedUser({
      phone: { type: 'string' },
      note: { type: 'string', private: true },
      hidden: { type: 'boolean', default: false },
      greeting: { type: 'string' },
    }),
  },
});

/** A site that stores a field encrypted (by reversing it), and decrypts it on reading. */
const ENCRYPTED = {
  beforeCreate: `({ params }) => { if (params.data.phone) params.data.phone = 'enc:' + [...params.data.phone].reverse().join(''); }`,
  beforeUpdate: `({ params }) => { if (params.data.phone) params.data.phone = 'enc:' + [...params.data.phone].reverse().join(''); }`,
  afterFindOne: `({ result }) => { if (result?.phone?.startsWith('enc:')) result.phone = [...result.phone.slice(4)].reverse().join(''); }`,
  afterFindMany: `({ result }) => { for (const row of result) if (row.phone?.startsWith('enc:')) row.phone = [...row.phone.slice(4)].reverse().join(''); }`,
};

const storedPhone = async (site: Site, id: number) => {
  const row = (await tableRows(site, 'up_users')).find((each) => each.id === id);
  return row?.phone;
};

describe.each(LOGIN_METHODS)('%s, by %s', (provider, _method, login) => {
  let site: Site;

  beforeEach(() => {
    site = getSite(provider);
  });

  test('is the same for a new and for a known user', async () => {
    const name = addPoolUser(site, { attributes: { 'custom:note': 'secret' } });
    for (let turn = 0; turn < 2; turn += 1) {
      const { jwt, user } = expectLoggedIn(await login(site, name));
      expect(user).toEqual((await site.me(jwt)).body);
      expect(JSON.stringify(user)).not.toMatch(/secret|note|password|token/i);
    }
  });

  test('is the same if a hook on reading adds to it', async () => {
    await setCode(site, {
      afterFindOne: `({ result }) => { if (result) result.greeting = 'hello ' + result.username; }`,
      afterFindMany: `({ result }) => { for (const row of result) row.greeting = 'hello ' + row.username; }`,
    });
    const name = addPoolUser(site);
    await login(site, name);
    const { jwt, user } = expectLoggedIn(await login(site, name));
    expect(user).toMatchObject({ greeting: `hello ${name}` });
    expect(user).toEqual((await site.me(jwt)).body);
  });
});

describe('a field that the site stores encrypted', () => {
  const site = () => getSite('plugin');

  test('is decrypted in responses from the first login, and stored encrypted', async () => {
    await setCode(site(), ENCRYPTED);
    const name = addPoolUser(site(), { attributes: { 'custom:phone': '+491234' } });
    for (let turn = 0; turn < 3; turn += 1) {
      const { jwt, user } = expectLoggedIn(await logIn(site(), name));
      expect(user).toMatchObject({ phone: '+491234' });
      expect(user).toEqual((await site().me(jwt)).body);
      expect(await storedPhone(site(), user.id)).toBe('enc:432194+');
    }
  });

  test('follows Cognito, and is written only if it has changed', async () => {
    await setCode(site(), {
      ...ENCRYPTED,
      beforeUpdate: `({ params }) => {
        own.notes.push(params.data.phone);
        if (params.data.phone) params.data.phone = 'enc:' + [...params.data.phone].reverse().join('');
      }`,
    });
    const name = addPoolUser(site(), { attributes: { 'custom:phone': '+491234' } });
    await logIn(site(), name);
    await logIn(site(), name);
    expect(await notes(site())).toEqual([]);
    site().pool.user(name).attributes['custom:phone'] = '+495678';
    const { user } = expectLoggedIn(await logIn(site(), name));
    expect(user).toMatchObject({ phone: '+495678' });
    expect(await storedPhone(site(), user.id)).toBe('enc:876594+');
    expect(await notes(site())).toEqual(['+495678']);
  });

  test('built-in: known users get it decrypted', async () => {
    const plain = getSite('built-in');
    const name = addPoolUser(plain);
    const { id } = await createUser(plain, { provider: 'cognito', email: `${name}@example.com` });
    await setCode(plain, ENCRYPTED);
    await updateUser(plain, id, { phone: '+491234' });
    const { user } = expectLoggedIn(await logIn(plain, name));
    expect(user).toMatchObject({ phone: '+491234' });
  });
});

describe.each(PROVIDERS)('%s: a user whom the site hides on reading', (provider) => {
  test('is not logged in', async () => {
    const site = getSite(provider);
    const name = addPoolUser(site);
    const { id } = expectLoggedIn(await logIn(site, name)).user;
    await updateUser(site, id, { hidden: true });
    const hide = `({ params }) => { params.where = { $and: [params.where ?? {}, { hidden: { $ne: true } }] }; }`;
    await setCode(site, { beforeFindOne: hide, beforeFindMany: hide });
    expect((await site.me(await issueJwt(site, { id }))).status).toBe(401);

    const { status, body } = await logIn(site, name);
    expect(body.jwt === undefined).toBe(provider === 'plugin');
    if (provider === 'plugin') {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    // The built-in provider creates the user a second time.
    await setCode(site, {});
    expect(await site.strapi.users()).toHaveLength(provider === 'plugin' ? 1 : 2);

    if (provider === 'plugin') {
      await updateUser(site, id, { hidden: false });
      await setCode(site, { beforeFindOne: hide, beforeFindMany: hide });
      expect(expectLoggedIn(await logIn(site, name)).user.id).toBe(id);
    }
  });
});

test.each(PROVIDERS)(
  '%s: a user whom a hook finds by another value than the email',
  async (provider) => {
    const site = getSite(provider);
    const name = addPoolUser(site);
    const email = `${name}@example.com`;
    const read = `(row) => { if (row?.email?.startsWith('enc:')) row.email = row.email.slice(4); }`;
    await setCode(site, {
      beforeFindMany: `({ params }) => { if (params.where?.email) params.where = { email: 'enc:' + params.where.email }; }`,
      afterFindOne: `({ result }) => (${read})(result)`,
      afterFindMany: `({ result }) => result.forEach(${read})`,
    });
    const { id } = await createUser(site, { provider: 'cognito', username: name });
    await updateUser(site, id, { email: `enc:${email}` });
    for (let turn = 0; turn < 2; turn += 1) {
      expect(expectLoggedIn(await logIn(site, name)).user).toMatchObject({ id, email });
    }
    expect(await tableRows(site, 'up_users')).toHaveLength(1);
  },
);

test('plugin: reading hooks see the user at each login', async () => {
  const site = getSite('plugin');
  const name = addPoolUser(site);
  const { id } = expectLoggedIn(await logIn(site, name)).user;
  await setCode(site, {
    afterFindOne: `({ result }) => { if (result) own.notes.push(result.id); }`,
    afterFindMany: `({ result }) => { for (const row of result) own.notes.push(row.id); }`,
  });
  expectLoggedIn(await logIn(site, name));
  const seen = await notes(site);
  expect(seen.length).toBeGreaterThan(0);
  expect(new Set(seen)).toEqual(new Set([id]));
  expect(await getUser(site, id)).toMatchObject({ username: name });
});
