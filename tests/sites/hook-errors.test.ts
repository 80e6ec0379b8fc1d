/* Hooks that throw: the error at the front-end, what remains, and that the next login works. */
import { expectLoggedIn } from '../support/assertions';
import { extendedUser } from '../support/app-files';
import type { Answer, Site } from '../support/site';
import { HOOK_FILES, PROVIDERS, findLogLines, logIn, setCode, useBoth } from '../support/site-code';
import { addPoolUser, createUser, identityOwners, getUser, withUsers } from '../support/users';

const getSite = useBoth({
  cognito: { users: { attributes: { 'custom:staff_number': 'staffNumber' } } },
  files: { ...HOOK_FILES, ...extendedUser({ staffNumber: { type: 'string' } }) },
});

const getRefusal = ({ status, body }: Answer) => ({
  status,
  message: body.error?.message,
  code: body.error?.details.code,
});

/** The thrown error and the response of each provider; the built-in one has no codes. */
const THROWN: { name: string; thrown: string; message: string; status: number; code?: string }[] = [
  {
    name: 'an Error',
    thrown: `new Error('Only for staff')`,
    message: 'Only for staff',
    status: 400,
  },
  {
    name: 'an Error of the site’s class',
    thrown: `new (class NoSeatError extends Error {})('No seat left')`,
    message: 'No seat left',
    status: 400,
  },
  {
    name: 'an Error whose details cannot be sent',
    thrown: `Object.assign(new Error('No seat'), { details: { seats: 1n } })`,
    message: 'No seat',
    status: 400,
  },
  {
    name: 'an ApplicationError whose details have a cycle',
    thrown: `new (require('@strapi/utils').errors.ApplicationError)('No seat', { process })`,
    message: 'No seat',
    status: 403,
  },
  {
    name: 'an object with a message',
    thrown: `{ message: 'No seat' }`,
    message: 'No seat',
    status: 400,
  },
  {
    name: 'a TypeError',
    thrown: `new TypeError('No such seat')`,
    message: 'No such seat',
    status: 400,
  },
  ...(
    [
      ['ApplicationError', 403],
      ['ForbiddenError', 403],
      ['ValidationError', 400],
      ['NotFoundError', 404],
      ['UnauthorizedError', 401],
      ['PolicyError', 403],
      ['RateLimitError', 429],
    ] as const
  ).map(([name, status]) => ({
    name: `Strapi’s ${name}`,
    thrown: `new (require('@strapi/utils').errors.${name})('Only for ${name}', { seats: 0 })`,
    message: `Only for ${name}`,
    status,
    code: 'registration_refused',
  })),
  {
    name: 'a class that extends ApplicationError',
    thrown: `new (class NoSeatError extends require('@strapi/utils').errors.ApplicationError {})('No seat left')`,
    message: 'No seat left',
    status: 403,
    code: 'registration_refused',
  },
];

describe.each(THROWN)('beforeCreate throws $name', ({ thrown, message, status, code }) => {
  const beforeCreate = `() => { throw ${thrown}; }`;

  test.each(PROVIDERS)('%s: refused with its message, no user; then accepted', async (provider) => {
    const site = getSite(provider);
    const name = addPoolUser(site);
    await setCode(site, { beforeCreate });
    const refusal = getRefusal(await logIn(site, name));
    expect(refusal).toMatchObject(
      provider === 'built-in'
        ? { status: 400, message }
        : { status, message, ...(code !== undefined && { code }) },
    );
    expect(await site.strapi.users()).toEqual([]);

    await setCode(site, {});
    expectLoggedIn(await logIn(site, name));
    expect(await site.strapi.users()).toHaveLength(1);
  });

  test('plugin: logged once', async () => {
    const site = getSite('plugin');
    await setCode(site, { beforeCreate });
    await logIn(site, addPoolUser(site));
    expect(await findLogLines(site, message)).toHaveLength(1);
  });
});

test.each(PROVIDERS)('%s: an error of http-errors keeps its message', async (provider) => {
  const site = getSite(provider);
  await setCode(site, {
    beforeCreate: `() => { throw require('http-errors')(409, 'Invited twice'); }`,
  });
  const { status, message } = getRefusal(await logIn(site, addPoolUser(site)));
  expect(message).toBe('Invited twice');
  expect([400, 409]).toContain(status);
});

test.each([`'text'`, 'undefined', 'null', '{ message: 5 }'])(
  'plugin: a thrown value that is not an error (%s) also refuses the login',
  async (thrown) => {
    const site = getSite('plugin');
    const name = addPoolUser(site);
    await setCode(site, { beforeCreate: `() => Promise.reject(${thrown})` });
    const answer = await logIn(site, name);
    expect(answer.body).toMatchObject({ data: null, error: { status: answer.status } });
    expect(await site.strapi.users()).toEqual([]);
    await setCode(site, {});
    expectLoggedIn(await logIn(site, name));
  },
);

describe.each(PROVIDERS)('%s: an error of the database in a hook', (provider) => {
  const query = `strapi.db.connection('no_such_table').select('secret_column')`;

  test('in beforeCreate creates no user; the next login works', async () => {
    const site = getSite(provider);
    const name = addPoolUser(site);
    await setCode(site, { beforeCreate: `() => ${query}` });
    const answer = await logIn(site, name);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    // The built-in provider sends it to the client.
    const told = provider === 'built-in';
    expect(/no_such_table|secret_column|select/i.test(JSON.stringify(answer.body))).toBe(told);
    expect(await site.strapi.users()).toEqual([]);
    if (!told) expect(await findLogLines(site, 'no_such_table')).not.toEqual([]);
    await setCode(site, {});
    expectLoggedIn(await logIn(site, name));
  });

  test('in afterCreate leaves one user, and the next login works', async () => {
    const site = getSite(provider);
    const name = addPoolUser(site);
    await setCode(site, { afterCreate: `() => ${query}` });
    const answer = await logIn(site, name);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const told = provider === 'built-in';
    expect(/no_such_table|secret_column|select/i.test(JSON.stringify(answer.body))).toBe(told);
    expectLoggedIn(await logIn(site, name));
    expect(await site.strapi.users()).toHaveLength(1);
  });
});

describe.each(PROVIDERS)('%s: afterCreate throws, as when the mail server is down', (provider) => {
  let site: Site;

  beforeEach(() => {
    site = getSite(provider);
  });

  const mail = `async () => { throw new Error('connect ECONNREFUSED 127.0.0.1:25'); }`;

  test('the first login is refused with the message, the next one succeeds: one user', async () => {
    const name = addPoolUser(site);
    await setCode(site, { afterCreate: mail });
    expect(getRefusal(await logIn(site, name))).toMatchObject({
      status: 400,
      message: 'connect ECONNREFUSED 127.0.0.1:25',
    });
    const left = await site.strapi.users();
    expect(left).toMatchObject([
      { email: `${name}@example.com`, provider: 'cognito', confirmed: true },
    ]);

    const { user, jwt } = expectLoggedIn(await logIn(site, name));
    expect(user.id).toBe(left[0]!.id);
    expect((await site.me(jwt)).status).toBe(200);
    expect(await site.strapi.users()).toHaveLength(1);
    if (provider === 'plugin') expect(await identityOwners(site)).toEqual([user.id]);
  });

  test('for every new user, and each can log in the second time', async () => {
    await setCode(site, { afterCreate: mail });
    const names = Array.from({ length: 10 }, () => addPoolUser(site));
    const first = await Promise.all(names.map((name) => logIn(site, name)));
    expect(first.map(({ status }) => status)).toEqual(names.map(() => 400));
    const second = await Promise.all(names.map((name) => logIn(site, name)));
    expect(new Set(second.map((answer) => expectLoggedIn(answer).user.id)).size).toBe(10);
    expect(await site.strapi.users()).toHaveLength(10);
  });

  test('the hook deleted the user again: the next login creates a new one', async () => {
    const name = addPoolUser(site);
    await setCode(site, {
      afterCreate: `async ({ result }) => {
        await strapi.entityService.delete('plugin::users-permissions.user', result.id);
        throw new Error('Not on the list');
      }`,
    });
    expect(getRefusal(await logIn(site, name))).toMatchObject({
      status: 400,
      message: 'Not on the list',
    });
    expect(await site.strapi.users()).toEqual([]);
    await setCode(site, {});
    expectLoggedIn(await logIn(site, name));
    expect(await site.strapi.users()).toHaveLength(1);
  });
});

describe('with the plugin', () => {
  const site = () => getSite('plugin');

  test('a first login whose afterCreate threw is completed later, with or without a verified email', async () => {
    await withUsers(site(), { requireVerifiedEmail: false }, async () => {
      const name = addPoolUser(site(), { attributes: { email_verified: false } });
      await setCode(site(), { afterCreate: `() => { throw new Error('mail is down'); }` });
      expect((await logIn(site(), name)).status).toBe(400);
      const { user } = expectLoggedIn(await logIn(site(), name));
      expect((await site().strapi.users()).map(({ id }) => id)).toEqual([user.id]);
      expect(await identityOwners(site())).toEqual([user.id]);
    });
  });

  test('an error of afterCreate is logged once', async () => {
    await setCode(site(), { afterCreate: `() => { throw new Error('mail is down'); }` });
    await logIn(site(), addPoolUser(site()));
    expect(await findLogLines(site(), 'mail is down')).toHaveLength(1);
  });

  test('a refusal leaves no identity, and no reserved username', async () => {
    await setCode(site(), { beforeCreate: `() => { throw new Error('not today'); }` });
    const [one, other] = [1, 2].map(() => addPoolUser(site(), { username: 'wanted' }));
    expect((await logIn(site(), one!)).status).toBe(400);
    expect(await identityOwners(site())).toEqual([]);
    await setCode(site(), {});
    const { user } = expectLoggedIn(await logIn(site(), other!));
    expect((await getUser(site(), user.id)).username).toBe('wanted');
  });

  test('a hook that refuses one of twenty concurrent logins refuses no other', async () => {
    const names = Array.from({ length: 20 }, () => addPoolUser(site()));
    const [unwanted, ...wanted] = names;
    await setCode(site(), {
      beforeCreate: `async ({ params }) => {
        await strapi.db.connection('site_profiles').insert({ label: params.data.email });
        if (params.data.email === '${unwanted!}@example.com') throw new Error('not you');
      }`,
    });
    const [refused, ...others] = await Promise.all(names.map((name) => logIn(site(), name)));
    expect(getRefusal(refused!)).toMatchObject({ status: 400, message: 'not you' });
    others.forEach(expectLoggedIn);
    expect(await site().strapi.users()).toHaveLength(wanted.length);
  });

  test('fifty concurrent logins of one user whom the hook refuses are all refused', async () => {
    const name = addPoolUser(site());
    await setCode(site(), { beforeCreate: `() => { throw new Error('not you'); }` });
    const answers = await Promise.all(Array.from({ length: 50 }, () => logIn(site(), name)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
    expect(await site().strapi.users()).toEqual([]);
    await setCode(site(), {});
    expectLoggedIn(await logIn(site(), name));
  });

  describe('and a known user', () => {
    /** A user whose number in Cognito has changed. */
    async function renumbered() {
      const name = addPoolUser(site(), { attributes: { 'custom:staff_number': 'one' } });
      const { id } = expectLoggedIn(await logIn(site(), name)).user;
      site().pool.user(name).attributes['custom:staff_number'] = 'two';
      return { name, id };
    }

    test('beforeUpdate throws: refused with its message, nothing changed; the next login succeeds', async () => {
      const { name, id } = await renumbered();
      await setCode(site(), { beforeUpdate: `() => { throw new Error('no changes today'); }` });
      expect(getRefusal(await logIn(site(), name))).toMatchObject({
        status: 400,
        message: 'no changes today',
      });
      expect(await findLogLines(site(), 'no changes today')).toHaveLength(1);
      expect((await getUser(site(), id)).staffNumber).toBe('one');
      await setCode(site(), {});
      expectLoggedIn(await logIn(site(), name));
      expect((await getUser(site(), id)).staffNumber).toBe('two');
    });

    test('afterUpdate throws: refused with its message; the next login succeeds', async () => {
      const { name, id } = await renumbered();
      await setCode(site(), { afterUpdate: `() => { throw new Error('crm is down'); }` });
      expect(getRefusal(await logIn(site(), name))).toMatchObject({
        status: 400,
        message: 'crm is down',
      });
      expect(expectLoggedIn(await logIn(site(), name)).user.id).toBe(id);
      expect((await getUser(site(), id)).staffNumber).toBe('two');
    });

    test('a hook that throws at an adoption: the next login adopts', async () => {
      const name = addPoolUser(site(), { attributes: { 'custom:staff_number': 'one' } });
      const { id } = await createUser(site(), {
        provider: 'cognito',
        email: `${name}@example.com`,
      });
      await setCode(site(), { beforeUpdate: `() => { throw new Error('no changes today'); }` });
      expect((await logIn(site(), name)).status).toBe(400);
      await setCode(site(), {});
      expect(expectLoggedIn(await logIn(site(), name)).user.id).toBe(id);
      expect(await identityOwners(site())).toEqual([id]);
    });
  });

  test('in the browser the one-time code is used up, and a new login works', async () => {
    const name = addPoolUser(site());
    await setCode(site(), { beforeCreate: `() => { throw new Error('not today'); }` });
    expect(getRefusal(await site().loginAs(name))).toMatchObject({
      status: 400,
      message: 'not today',
    });
    await setCode(site(), {});
    expectLoggedIn(await site().loginAs(name));
  });
});
