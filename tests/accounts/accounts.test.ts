import { randomUUID } from 'node:crypto';
import type { PoolUserOptions } from '../support/pool';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import { type Answer, type Site, startSite } from '../support/site';

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

beforeEach(async () => {
  await site.clearUsers();
  await site.strapi.advanced({
    unique_email: true,
    allow_register: true,
    email_confirmation: false,
    default_role: 'authenticated',
  });
});

/** Adds a new user to the pool. */
function addUser(options: Partial<PoolUserOptions> = {}): string {
  const name = options.name ?? `p${randomUUID().slice(0, 8)}`;
  site.pool.addUser({
    name,
    attributes: { email: `${name}@example.com`, email_verified: true },
    ...options,
  });
  return name;
}

/** Creates a user as users-permissions does. */
async function user(data: Record<string, unknown>): Promise<number> {
  return site.strapi.run(async (strapi, arg) => {
    const role = await strapi.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'authenticated' } });
    const made = await strapi.db
      .query('plugin::users-permissions.user')
      .create({ data: { confirmed: true, blocked: false, role: role?.id, ...arg } });
    return made.id as number;
  }, data);
}

async function change(id: number, data: Record<string, unknown>): Promise<void> {
  await site.strapi.run(
    async (strapi, arg) => {
      await strapi.db.query('plugin::users-permissions.user').update(arg);
    },
    { where: { id }, data },
  );
}

const getUserId = (answer: Answer): number => expectLoggedIn(answer).user.id;
const loginAs = async (name: string) => getUserId(await site.loginAs(name));
const userIds = async () => (await site.strapi.users()).map(({ id }) => id);
const identities = async () =>
  (await site.rows('identity', ['user'])) as {
    issuer: string;
    subject: string;
    user: { id: number } | null;
  }[];

describe('the first login', () => {
  test('creates a confirmed user of provider cognito with the default role and no password', async () => {
    const id = await loginAs('ann');
    expect(await site.strapi.users()).toEqual([
      expect.objectContaining({
        id,
        username: 'ann',
        email: 'ann@example.com',
        provider: 'cognito',
        confirmed: true,
        blocked: false,
        password: null,
        resetPasswordToken: null,
        confirmationToken: null,
        role: expect.objectContaining({ type: 'authenticated' }) as object,
      }),
    ]);
    expect(await identities()).toEqual([
      expect.objectContaining({
        issuer: site.pool.issuer,
        subject: site.pool.user('ann').sub,
        user: expect.objectContaining({ id }) as object,
      }),
    ]);
  });

  test('assigns the current default role', async () => {
    await site.strapi.advanced({ default_role: 'public' });
    await loginAs('ann');
    expect((await site.strapi.users())[0]?.role?.type).toBe('public');
  });

  test('fails if the default role was deleted', async () => {
    await site.strapi.advanced({ default_role: 'gone' });
    expectRefusal(await site.loginAs('ann'), 'not_configured');
    expect(await userIds()).toEqual([]);
    expect(await identities()).toEqual([]);
  });

  test('stores the email in lower case', async () => {
    const attributes = { email: 'Mixed.Case@Example.COM', email_verified: true };
    await loginAs(addUser({ attributes }));
    expect((await site.strapi.users())[0]?.email).toBe('mixed.case@example.com');
  });

  test.each<[string, Partial<PoolUserOptions>, RegExp]>([
    ['preferred_username', { attributes: { preferred_username: 'chosen' } }, /^chosen$/],
    ['cognito:username, without one', { username: 'Google_117' }, /^Google_117$/],
    [
      'cognito:username, if the other is blank',
      { username: 'other', attributes: { preferred_username: ' ' } },
      /^other$/,
    ],
    ['a suffix, if it is too short', { username: 'al' }, /^al-[a-z0-9]{6}$/],
    ['its valid characters', { username: 'a\u0000n\n n' }, /^an n$/],
  ])('uses %s as the username', async (_, options, expected) => {
    const email = `${randomUUID()}@example.com`;
    const attributes = { email, email_verified: true, ...options.attributes };
    await loginAs(addUser({ ...options, attributes }));
    expect((await site.strapi.users())[0]?.username).toMatch(expected);
  });

  test.each([
    ['the username of another', { username: 'taken', email: 'a@example.com' }, 'taken'],
    ['the email of another', { username: 'x', email: 'b@example.com' }, 'b@example.com'],
    [
      'the email of another in another case',
      { username: 'x', email: 'b@example.com' },
      'B@Example.com',
    ],
  ])('adds a suffix to a username that is %s', async (_, other, username) => {
    await user({ ...other, provider: 'local' });
    await loginAs(addUser({ username }));
    const [, made] = await site.strapi.users();
    expect(made?.username.slice(0, username.length + 1)).toBe(`${username}-`);
    expect(made?.username).toMatch(/-[a-z0-9]{6}$/);
  });

  test('gives several users with the same username different ones', async () => {
    const names = Array.from({ length: 8 }, () => addUser({ username: 'same' }));
    const codes = await Promise.all(names.map((name) => site.code(name)));
    const answers = await Promise.all(codes.map((access_token) => site.exchange({ access_token })));
    expect(new Set(answers.map(getUserId)).size).toBe(8);
    const usernames = (await site.strapi.users()).map(({ username }) => username);
    expect(new Set(usernames).size).toBe(8);
    expect(usernames).toContain('same');
  });

  test('uses no other claims', async () => {
    const email = 'claims@example.com';
    const attributes = {
      email,
      email_verified: true,
      id: 4711,
      role: 1,
      blocked: true,
      confirmed: false,
      provider: 'local',
      password: 'Password-1',
      resetPasswordToken: 'x',
      confirmationToken: 'x',
    };
    await loginAs(addUser({ attributes }));
    expect(await site.strapi.users()).toEqual([
      expect.objectContaining({
        blocked: false,
        confirmed: true,
        provider: 'cognito',
        password: null,
        resetPasswordToken: null,
        confirmationToken: null,
        role: expect.objectContaining({ type: 'authenticated' }) as object,
      }),
    ]);
    expect(await userIds()).not.toContain(4711);
  });

  test('is refused if registration is disabled, and creates nothing', async () => {
    await site.strapi.advanced({ allow_register: false });
    expectRefusal(await site.loginAs('ann'), 'registration_disabled');
    expect(await userIds()).toEqual([]);
    expect(await identities()).toEqual([]);
  });

  test('is refused if the advanced settings are missing', async () => {
    const place = { type: 'plugin', name: 'users-permissions', key: 'advanced' };
    const before = await site.strapi.stored('advanced');
    const set = (value: unknown) =>
      site.strapi.run(
        (strapi, arg: { place: typeof place; value: unknown }) =>
          strapi.store(arg.place).set({ value: arg.value }),
        { place, value },
      );
    await set(null);
    try {
      expectRefusal(await site.loginAs('ann'), 'registration_disabled');
      expect(await userIds()).toEqual([]);
    } finally {
      await set(before);
    }
  });

  test('is refused without a verified email, and creates nothing', async () => {
    expectRefusal(await site.loginAs('ben'), 'email_not_verified');
    expect(await userIds()).toEqual([]);
    expect(await identities()).toEqual([]);
  });

  test('creates an unconfirmed user if an unverified email is allowed', async () => {
    await withConfig(site, { users: { requireVerifiedEmail: false } }, async () => {
      await loginAs('ben');
    });
    const [made] = await site.strapi.users();
    expect(made).toMatchObject({ email: 'ben@example.com', confirmed: false });
  });
});

describe('a known identity', () => {
  test('logs in its user, even if email and names have changed', async () => {
    const name = addUser();
    const id = await loginAs(name);
    const { attributes } = site.pool.user(name);
    Object.assign(attributes, { email: 'moved@example.com', preferred_username: 'renamed' });
    expect(await loginAs(name)).toBe(id);
    expect(await userIds()).toEqual([id]);
  });

  test('logs in its user with every kind of credential', async () => {
    const id = await loginAs('ann');
    const { id_token, access_token } = site.pool.tokensFor('ann');
    expect(getUserId(await site.exchange({ id_token }))).toBe(id);
    expect(getUserId(await site.exchangeByPost({ access_token }))).toBe(id);
    expect(await identities()).toHaveLength(1);
  });

  test('does not become the user whose email it now has', async () => {
    const [victim, attacker] = [addUser(), addUser()];
    const ids = [await loginAs(victim), await loginAs(attacker)];
    const { email } = site.pool.user(victim).attributes;
    Object.assign(site.pool.user(attacker).attributes, { email });
    expect(await loginAs(attacker)).toBe(ids[1]);
    expect(await loginAs(victim)).toBe(ids[0]);
    expect(await userIds()).toEqual(ids);
  });

  test('may log in even if registration is disabled', async () => {
    const id = await loginAs('ann');
    await site.strapi.advanced({ allow_register: false });
    expect(await loginAs('ann')).toBe(id);
  });

  test('is refused while its user is blocked', async () => {
    const id = await loginAs('ann');
    await change(id, { blocked: true });
    expectRefusal(await site.loginAs('ann'), 'user_blocked');
    await change(id, { blocked: false });
    expect(await loginAs('ann')).toBe(id);
  });

  test('whose user was deleted logs in as a new one', async () => {
    const id = await loginAs('ann');
    await site.strapi.run(async (strapi, gone) => {
      await strapi.db.query('plugin::users-permissions.user').delete({ where: { id: gone } });
    }, id);
    const again = await loginAs('ann');
    expect(await userIds()).toEqual([again]);
    expect((await identities()).map((row) => row.user?.id)).toEqual([again]);
    expect(await loginAs('ann')).toBe(again);
  });

  test('that was created again in the pool, with a new sub, is another identity', async () => {
    const name = addUser();
    const id = await loginAs(name);
    site.pool.recreateUser(name);
    expectRefusal(await site.loginAs(name), 'email_taken');
    await site.strapi.advanced({ unique_email: false });
    expect(await loginAs(name)).not.toBe(id);
  });

  test('differs from one whose sub only differs in case', async () => {
    const sub = randomUUID();
    const ids = [
      await loginAs(addUser({ sub: `${sub}-a` })),
      await loginAs(addUser({ sub: `${sub}-A` })),
      await loginAs(addUser({ sub: `${sub}-a ` })),
    ];
    expect(new Set(ids).size).toBe(3);
  });
});

describe('a user whom the built-in provider created', () => {
  const built = { username: 'kept', email: 'ann@example.com', provider: 'cognito' };

  test('is adopted by the identity with the verified email, and otherwise not changed', async () => {
    const id = await user(built);
    const [before] = await site.strapi.users();
    expect(await loginAs('ann')).toBe(id);
    expect(await site.strapi.users()).toEqual([
      { ...before, updatedAt: expect.any(String) as string },
    ]);
    Object.assign(site.pool.user('ann').attributes, { email: 'ann.moved@example.com' });
    try {
      expect(await loginAs('ann')).toBe(id);
    } finally {
      Object.assign(site.pool.user('ann').attributes, { email: 'ann@example.com' });
    }
  });

  test('is adopted even if registration is disabled', async () => {
    const id = await user(built);
    await site.strapi.advanced({ allow_register: false });
    expect(await loginAs('ann')).toBe(id);
  });

  test('is adopted in any case of the email in Cognito', async () => {
    const id = await user({ ...built, email: 'cased@example.com' });
    const attributes = { email: 'CASED@example.com', email_verified: true };
    expect(await loginAs(addUser({ attributes }))).toBe(id);
  });

  test.each([true, false])(
    'is not adopted with an unverified email (requireVerifiedEmail %s)',
    async (requireVerifiedEmail) => {
      const id = await user({ ...built, email: 'ben@example.com' });
      const answer = await withConfig(site, { users: { requireVerifiedEmail } }, () =>
        site.loginAs('ben'),
      );
      expectRefusal(answer, requireVerifiedEmail ? 'email_not_verified' : 'email_taken');
      expect(await userIds()).toEqual([id]);
      expect(await identities()).toEqual([]);
    },
  );

  test('is adopted once: a second identity with the email does not get it', async () => {
    const id = await user(built);
    expect(await loginAs('ann')).toBe(id);
    const other = addUser({ attributes: { email: 'ann@example.com', email_verified: true } });
    expectRefusal(await site.loginAs(other), 'email_taken');
    expect(await identities()).toHaveLength(1);
  });

  test('is not adopted while blocked', async () => {
    const id = await user({ ...built, blocked: true });
    expectRefusal(await site.loginAs('ann'), 'user_blocked');
    expect(await userIds()).toEqual([id]);
    expect(await identities()).toEqual([]);
  });
});

describe('an identity with the email of a user of another provider', () => {
  const local = { username: 'local', email: 'ann@example.com', provider: 'local' };

  test.each(['never', 'explicit'])('is refused with linking %s', async (linking) => {
    const id = await user(local);
    const answer = await withConfig(site, { users: { linking } }, () => site.loginAs('ann'));
    expectRefusal(answer, 'email_taken');
    expect(await userIds()).toEqual([id]);
    expect(await identities()).toEqual([]);
  });

  test.each(['google', null])('is also refused if that user is %s', async (provider) => {
    await user({ ...local, provider });
    expectRefusal(await site.loginAs('ann'), 'email_taken');
  });

  test('is also refused with unique_email off', async () => {
    await user(local);
    await site.strapi.advanced({ unique_email: false });
    expectRefusal(await site.loginAs('ann'), 'email_taken');
  });

  describe('with linking verified-email', () => {
    const linked = () =>
      withConfig(site, { users: { linking: 'verified-email' } }, () => site.loginAs('ann'));

    test('logs in that user if both sides have proved the email', async () => {
      const id = await user(local);
      await site.strapi.advanced({ email_confirmation: true });
      expect(getUserId(await linked())).toBe(id);
      expect((await site.strapi.users())[0]).toMatchObject({ provider: 'local', confirmed: true });
    });

    test('is refused without email confirmation', async () => {
      await user(local);
      expectRefusal(await linked(), 'email_taken');
    });

    test('is refused if the user is not confirmed', async () => {
      await user({ ...local, confirmed: false });
      await site.strapi.advanced({ email_confirmation: true });
      expectRefusal(await linked(), 'email_taken');
    });

    test('is refused if Cognito’s email is not verified', async () => {
      await user({ ...local, email: 'ben@example.com' });
      await site.strapi.advanced({ email_confirmation: true });
      const users = { linking: 'verified-email', requireVerifiedEmail: false };
      const answer = await withConfig(site, { users }, () => site.loginAs('ben'));
      expectRefusal(answer, 'email_taken');
    });
  });
});

describe('a second identity with the same email', () => {
  const sameEmail = () =>
    addUser({ attributes: { email: 'ann@example.com', email_verified: true } });

  test('is refused with unique_email on', async () => {
    const id = await loginAs('ann');
    expectRefusal(await site.loginAs(sameEmail()), 'email_taken');
    expect(await userIds()).toEqual([id]);
    expect(await identities()).toHaveLength(1);
  });

  test('gets its own user with unique_email off', async () => {
    await site.strapi.advanced({ unique_email: false });
    const [id, name] = [await loginAs('ann'), sameEmail()];
    const second = await loginAs(name);
    expect(second).not.toBe(id);
    expect(await loginAs('ann')).toBe(id);
    expect(await loginAs(name)).toBe(second);
  });

  test.each([
    ['on', true, 1],
    ['off', false, 6],
  ])('and unique_email %s: of six concurrent first logins', async (_, unique_email, users) => {
    await site.strapi.advanced({ unique_email });
    const codes = await Promise.all(Array.from({ length: 6 }, () => site.code(sameEmail())));
    const answers = await Promise.all(codes.map((access_token) => site.exchange({ access_token })));
    const good = answers.filter(({ status }) => status === 200);
    expect(new Set(good.map(getUserId)).size).toBe(users);
    answers
      .filter((answer) => !good.includes(answer))
      .forEach((answer) => expectRefusal(answer, 'email_taken'));
    expect(await userIds()).toHaveLength(users);
    expect(await identities()).toHaveLength(users);
  });
});

describe('fifty concurrent first logins', () => {
  test('of one identity create one user and one identity, and all succeed', async () => {
    const codes = await Promise.all(Array.from({ length: 50 }, () => site.code('ann')));
    const answers = await Promise.all(codes.map((access_token) => site.exchange({ access_token })));
    const [id, ...others] = new Set(answers.map(getUserId));
    expect(others).toEqual([]);
    expect(await userIds()).toEqual([id]);
    expect(await identities()).toHaveLength(1);
    const seen = await Promise.all(answers.map(({ body }) => site.me(body.jwt ?? '')));
    expect(new Set(seen.map(({ status, body }) => `${status} ${body.id ?? 0}`))).toEqual(
      new Set([`200 ${id ?? 0}`]),
    );
  });

  test('with every kind of credential create one user', async () => {
    const { id_token, access_token } = site.pool.tokensFor('ann');
    const codes = await Promise.all(Array.from({ length: 10 }, () => site.code('ann')));
    const answers = await Promise.all(
      codes.flatMap((code) => [
        site.exchange({ access_token: code }),
        site.exchangeByPost({ id_token }),
        site.exchangeByPost({ access_token }),
      ]),
    );
    expect(new Set(answers.map(getUserId)).size).toBe(1);
    expect(await userIds()).toHaveLength(1);
    expect(await identities()).toHaveLength(1);
  });

  test('of fifty identities create fifty users', async () => {
    const names = Array.from({ length: 50 }, () => addUser());
    const tokens = names.map((name) => site.pool.tokensFor(name).id_token);
    const answers = await Promise.all(tokens.map((id_token) => site.exchangeByPost({ id_token })));
    expect(new Set(answers.map(getUserId)).size).toBe(50);
    expect(await identities()).toHaveLength(50);
  });

  test('with the email of a user of the built-in provider adopt that user', async () => {
    const id = await user({ username: 'old', email: 'ann@example.com', provider: 'cognito' });
    const { id_token } = site.pool.tokensFor('ann');
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => site.exchangeByPost({ id_token })),
    );
    expect(new Set(answers.map(getUserId))).toEqual(new Set([id]));
    expect(await identities()).toHaveLength(1);
  });
});
