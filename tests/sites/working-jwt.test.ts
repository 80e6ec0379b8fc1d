/* A login with status 200 returns a JWT that works, with every kind of credential; decisions of the site stay. */
import { createHash, randomBytes } from 'node:crypto';
import { expectLoggedIn } from '../support/assertions';
import { type Answer, toAnswer } from '../support/site';
import { HOOK_FILES, logIn, setCode, useBoth } from '../support/site-code';
import {
  updateUser,
  issueJwt,
  addPoolUser,
  createRole,
  createUser,
  getUser,
  withUsers,
} from '../support/users';

const APP = 'com.example.app://login/done';

const getSite = useBoth({
  cognito: { bearer: { enabled: true } },
  files: HOOK_FILES,
});

const site = () => getSite('plugin');

/** The parameters of a public client that has run the authorization itself. */
async function getAppCode(name: string): Promise<Record<string, string>> {
  const { pool } = site();
  const code_verifier = randomBytes(32).toString('base64url');
  const client = pool.addClient({ callbackUrls: [APP] });
  await site().strapi.run((strapi, id) => {
    strapi.config.set('plugin.cognito.tokens', { additionalClientIds: [id] });
    strapi.plugin('cognito').service('settings').invalidate?.();
  }, client.clientId);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: APP,
    scope: 'openid email profile',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const back = await pool.authorize(`${pool.origin}/oauth2/authorize?${query.toString()}`, name);
  const code = new URL(back).searchParams.get('code') ?? '';
  return { code, code_verifier, redirect_uri: APP, client_id: client.clientId };
}

/** Each way to get a JWT. */
const LOGINS: [string, (name: string) => Promise<Answer>][] = [
  ['a login in the browser', (name) => site().loginAs(name)],
  [
    'a one-time code by POST',
    async (name) => site().exchangeByPost({ access_token: await site().code(name) }),
  ],
  ['an id_token', (name) => logIn(site(), name)],
  [
    'an access token',
    (name) => site().exchangeByPost({ access_token: site().pool.tokensFor(name).access_token }),
  ],
  ['a code', async (name) => site().exchangeByPost(await getAppCode(name))],
];

/** `/users/me` with a Cognito access token. */
async function byBearer(name: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${site().pool.tokensFor(name).access_token}` };
  return toAnswer(await fetch(`${site().strapi.url}/api/users/me`, { headers }));
}

const getRefusal = ({ status, body }: Answer) => ({ status, code: body.error?.details.code });

const BLOCKED = { status: 403, code: 'user_blocked' };
const UNCONFIRMED = { status: 403, code: 'email_not_verified' };
const ROLELESS = { status: 403, code: 'role_missing' };

/** The state of a user, and the error of their login. */
const UNUSABLE = [
  { title: 'blocked', data: { blocked: true }, confirmation: false, refusal: BLOCKED },
  { title: 'unconfirmed', data: { confirmed: false }, confirmation: true, refusal: UNCONFIRMED },
  {
    title: 'neither confirmed nor not',
    data: { confirmed: null },
    confirmation: true,
    refusal: UNCONFIRMED,
  },
  { title: 'without a role', data: { role: null }, confirmation: false, refusal: ROLELESS },
];

describe.each(UNUSABLE)('a user who is $title', ({ data, confirmation, refusal }) => {
  test.each(LOGINS)('is refused by %s, and not changed', async (_, enter) => {
    const name = addPoolUser(site());
    const { id } = expectLoggedIn(await enter(name)).user;
    await site().strapi.advanced({ email_confirmation: confirmation });
    expectLoggedIn(await enter(name));

    await updateUser(site(), id, data);
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await enter(name);
      expect(getRefusal(answer)).toEqual(refusal);
      expect(answer.body.jwt).toBeUndefined();
    }
    expect((await site().me(await issueJwt(site(), { id }))).status).toBe(401);
    expect(await getUser(site(), id)).toMatchObject(data);
  });

  test('is refused by bearer', async () => {
    const name = addPoolUser(site());
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    expect((await byBearer(name)).status).toBe(200);
    await site().strapi.advanced({ email_confirmation: confirmation });
    await updateUser(site(), id, data);
    const { status } = await byBearer(name);
    expect([401, 403]).toContain(status);
  });

  test('is refused when a login adopts them, and not changed', async () => {
    const name = addPoolUser(site());
    const { id } = await createUser(site(), { provider: 'cognito', email: `${name}@example.com` });
    await site().strapi.advanced({ email_confirmation: confirmation });
    await updateUser(site(), id, data);
    expect(getRefusal(await logIn(site(), name))).toEqual(refusal);
    expect(await getUser(site(), id)).toMatchObject(data);
  });
});

describe('a role that is missing', () => {
  test('is assigned by the groups or by resolveRole, if they give one', async () => {
    const name = addPoolUser(site(), { groups: ['staff'] });
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    await updateUser(site(), id, { role: null });
    expect(getRefusal(await logIn(site(), name))).toEqual(ROLELESS);
    await createRole(site(), 'clerk');
    await withUsers(site(), { roles: { staff: 'clerk' } }, async () => {
      const { jwt } = expectLoggedIn(await logIn(site(), name));
      expect((await site().me(jwt)).status).not.toBe(401);
      expect((await getUser(site(), id)).role?.type).toBe('clerk');
    });
  });

  test('is not restored to the default role: an admin may have removed it', async () => {
    const name = addPoolUser(site());
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    await updateUser(site(), id, { role: null });
    expect(getRefusal(await logIn(site(), name))).toEqual(ROLELESS);
    expect((await getUser(site(), id)).role).toBeNull();
  });
});

/** Hooks that decide about a user in the login that creates them, with the response of each provider. */
const DECISIONS: {
  title: string;
  code: Record<string, string>;
  kept: Record<string, unknown> | undefined;
  refusal: typeof BLOCKED | undefined;
  builtIn: { first: number; second: number };
}[] = [
  {
    title: 'beforeCreate blocks',
    code: { beforeCreate: `({ params }) => { params.data.blocked = true; }` },
    kept: { blocked: true },
    refusal: BLOCKED,
    builtIn: { first: 400, second: 400 },
  },
  {
    title: 'beforeCreate leaves unconfirmed',
    code: { beforeCreate: `({ params }) => { params.data.confirmed = false; }` },
    kept: { confirmed: false },
    refusal: UNCONFIRMED,
    // A JWT that does not work.
    builtIn: { first: 200, second: 200 },
  },
  {
    title: 'afterCreate blocks by knex',
    code: {
      afterCreate: `async ({ result }) => { await strapi.db.connection('up_users').where({ id: result.id }).update({ blocked: true }); }`,
    },
    kept: { blocked: true },
    refusal: BLOCKED,
    builtIn: { first: 200, second: 400 },
  },
  {
    title: 'afterCreate leaves unconfirmed by the entity service',
    code: {
      afterCreate: `async ({ result }) => {
        await strapi.entityService.update('plugin::users-permissions.user', result.id, { data: { confirmed: false } });
      }`,
    },
    kept: { confirmed: false },
    refusal: UNCONFIRMED,
    builtIn: { first: 200, second: 200 },
  },
  {
    title: 'afterCreate takes the role away',
    code: {
      afterCreate: `async ({ result }) => {
        await strapi.query('plugin::users-permissions.user').update({ where: { id: result.id }, data: { role: null } });
      }`,
    },
    kept: { role: null },
    refusal: ROLELESS,
    builtIn: { first: 200, second: 200 },
  },
  {
    title: 'afterCreate deletes',
    code: {
      afterCreate: `async ({ result }) => {
        await strapi.query('plugin::users-permissions.user').delete({ where: { id: result.id } });
      }`,
    },
    kept: undefined,
    refusal: undefined,
    builtIn: { first: 200, second: 200 },
  },
];

describe.each(DECISIONS)(
  'a site whose $title for new users',
  ({ code, kept, refusal, builtIn }) => {
    test('plugin: refuses the first login and the second, and does not change the user', async () => {
      await site().strapi.advanced({ email_confirmation: true });
      await setCode(site(), code);
      const name = addPoolUser(site());
      for (let turn = 0; turn < 2; turn += 1) {
        const answer = await logIn(site(), name);
        expect(answer.body.jwt).toBeUndefined();
        if (refusal) expect(getRefusal(answer)).toEqual(refusal);
        else expect(answer.status).toBeGreaterThanOrEqual(400);
        const users = await site().strapi.users();
        expect(users).toHaveLength(kept ? 1 : 0);
        if (kept) expect(users[0]).toMatchObject(kept);
      }
    });

    test('built-in: as without the plugin', async () => {
      const plain = getSite('built-in');
      await plain.strapi.advanced({ email_confirmation: true });
      await setCode(plain, code);
      const name = addPoolUser(plain);
      const statuses = [(await logIn(plain, name)).status, (await logIn(plain, name)).status];
      expect(statuses).toEqual([builtIn.first, builtIn.second]);
    });
  },
);

test('approval: a waiting user may log in once the admin has confirmed them', async () => {
  await site().strapi.advanced({ email_confirmation: true });
  await setCode(site(), {
    beforeCreate: `({ params }) => { params.data.confirmed = false; params.data.blocked = true; }`,
  });
  const name = addPoolUser(site());
  expect((await logIn(site(), name)).status).toBe(403);
  const [user] = await site().strapi.users();
  await updateUser(site(), user!.id, { blocked: false });
  expect(getRefusal(await logIn(site(), name))).toEqual(UNCONFIRMED);
  await updateUser(site(), user!.id, { confirmed: true });
  const { jwt } = expectLoggedIn(await logIn(site(), name));
  expect((await site().me(jwt)).body.id).toBe(user!.id);
});

test.each([
  ['', ''],
  [', and a hook sets the username', 'params.data.username = params.data.email;'],
])('approval is needed even if the mail about it could not be sent%s', async (_, alsoChange) => {
  await site().strapi.advanced({ email_confirmation: true });
  await setCode(site(), {
    beforeCreate: `({ params }) => { params.data.confirmed = false; ${alsoChange} }`,
    afterCreate: `() => { throw new Error('mail is down'); }`,
  });
  const name = addPoolUser(site());
  expect((await logIn(site(), name)).status).toBe(400);
  for (let turn = 0; turn < 2; turn += 1) {
    expect(getRefusal(await logIn(site(), name))).toEqual(UNCONFIRMED);
  }
  expect(await site().strapi.users()).toMatchObject([{ confirmed: false }]);
});

test('twenty concurrent first logins of one identity that a hook blocks are all refused: one user', async () => {
  await setCode(site(), { beforeCreate: `({ params }) => { params.data.blocked = true; }` });
  const name = addPoolUser(site());
  const answers = await Promise.all(Array.from({ length: 20 }, () => logIn(site(), name)));
  expect(answers.map(getRefusal)).toEqual(answers.map(() => BLOCKED));
  expect(await site().strapi.users()).toMatchObject([{ blocked: true }]);
});

test('afterUpdate that blocks a user during the login refuses it', async () => {
  const name = addPoolUser(site());
  const { id } = expectLoggedIn(await logIn(site(), name)).user;
  await setCode(site(), {
    afterUpdate: `async ({ result }) => { await strapi.db.connection('up_users').where({ id: result.id }).update({ blocked: true }); }`,
  });
  site().pool.user(name).attributes.email = `moved-${name}@example.com`;
  const answer = await logIn(site(), name);
  expect(await getUser(site(), id)).toMatchObject({ blocked: true });
  expect(getRefusal(answer)).toEqual(BLOCKED);
});

describe('an unverified email, if such users are created', () => {
  const unverified = { requireVerifiedEmail: false };

  test('is not confirmed, and refused if Strapi requires confirmation, until Cognito has verified it', async () => {
    await withUsers(site(), unverified, async () => {
      await site().strapi.advanced({ email_confirmation: true });
      const name = addPoolUser(site(), { attributes: { email_verified: false } });
      expect(getRefusal(await logIn(site(), name))).toEqual(UNCONFIRMED);
      expect(getRefusal(await logIn(site(), name))).toEqual(UNCONFIRMED);
      expect(await site().strapi.users()).toMatchObject([{ confirmed: false }]);
      // The plugin itself had set it to false.
      site().pool.user(name).attributes.email_verified = true;
      const { jwt } = expectLoggedIn(await logIn(site(), name));
      expect((await site().me(jwt)).status).toBe(200);
    });
  });

  test('does not matter if Strapi requires no confirmation', async () => {
    await withUsers(site(), unverified, async () => {
      const name = addPoolUser(site(), { attributes: { email_verified: false } });
      const { jwt } = expectLoggedIn(await logIn(site(), name));
      expect((await site().me(jwt)).status).toBe(200);
    });
  });

  test('of a user whom the site unconfirms later stays unconfirmed', async () => {
    const name = addPoolUser(site());
    const { id } = expectLoggedIn(await logIn(site(), name)).user;
    await updateUser(site(), id, { confirmed: false });
    expectLoggedIn(await logIn(site(), name));
    expect(await getUser(site(), id)).toMatchObject({ confirmed: false });
  });
});
