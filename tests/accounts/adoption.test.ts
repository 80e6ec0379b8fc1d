import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import { startPool } from '../support/pool';
import { Site, connectPool } from '../support/site';
import { type StoredUser, builtInNeedsMore, startStrapi } from '../support/strapi';
import { addPoolUser, createRole, identityOwners } from '../support/users';

/**
 * A live site moves from the built-in provider to the plugin, and back. The tests share one database, which the
 * built-in provider of the installed Strapi has filled.
 */
let site: Site;

const people = ['ann', 'gil', 'nia', 'ben'];
/** The roles that the admin of the live site has assigned since. */
const roles: Record<string, string> = { ann: 'editor', gil: 'authenticated', nia: 'public' };

/** The live site before the plugin is installed. */
let before: { users: StoredUser[]; grant: unknown; jwts: Record<string, string> };

beforeAll(async () => {
  const [pool, strapi] = await Promise.all([startPool(), startStrapi({ plugin: false })]);
  site = new Site(pool, strapi);
  await connectPool(site);
  await strapi.setGrant({ jwksurl: pool.jwksUrl });
});

/** The request of a front-end of the built-in provider, with both tokens in the URL. */
const builtInLogin = (name: string) => {
  const { id_token } = site.pool.tokensFor(name);
  return site.exchange({ id_token, access_token: 'whatever' });
};

const idsBefore = () => Object.fromEntries(before.users.map(({ email, id }) => [email, id]));
const getUserId = (name: string) => idsBefore()[String(site.pool.user(name).attributes.email)];

test('the built-in provider creates users, and an admin assigns roles', async () => {
  const jwts: Record<string, string> = {};
  const { attributes } = site.pool.user('ben');
  if (builtInNeedsMore) attributes.email_verified = true;
  for (const name of people) jwts[name] = expectLoggedIn(await builtInLogin(name)).jwt;
  attributes.email_verified = false;
  await createRole(site, 'editor');
  await site.strapi.run(async (strapi, wanted) => {
    for (const [name, type] of Object.entries(wanted)) {
      const role = await strapi.db
        .query('plugin::users-permissions.role')
        .findOne({ where: { type } });
      const where = { email: { $startsWith: `${name}@` } };
      const data = { role: role?.id };
      await strapi.db.query('plugin::users-permissions.user').update({ where, data });
    }
  }, roles);
  const users = await site.strapi.users();
  expect(users.map(({ provider, role }) => [provider, role?.type])).toEqual([
    ['cognito', 'editor'],
    ['cognito', 'authenticated'],
    ['cognito', 'public'],
    ['cognito', 'authenticated'],
  ]);
  before = { users, grant: await site.strapi.stored('grant'), jwts };
});

describe('with the plugin', () => {
  beforeAll(() => site.strapi.restart({ plugin: true }));

  test('the stored settings and the users have not changed', async () => {
    expect(await site.strapi.stored('grant')).toEqual(before.grant);
    expect(await site.strapi.users()).toEqual(before.users);
  });

  test('older JWTs are still valid', async () => {
    const seen = await site.me(before.jwts.ann!);
    // Only one of the roles has the permission for this.
    expect(seen.status).toBe(403);
    expect(await site.me(before.jwts.gil!)).toMatchObject({
      status: 200,
      body: { id: getUserId('gil') },
    });
  });

  test('a user with an unverified email is not adopted', async () => {
    expectRefusal(await builtInLogin('ben'), 'email_not_verified');
    await withConfig(site, { users: { requireVerifiedEmail: false } }, async () => {
      expectRefusal(await builtInLogin('ben'), 'email_taken');
    });
    expect(await identityOwners(site)).toEqual([]);
  });

  test.each(['ann', 'gil', 'nia'])(
    '%s is the same user with every kind of credential',
    async (name) => {
      expect(expectLoggedIn(await builtInLogin(name)).user.id).toBe(getUserId(name));
      expect(expectLoggedIn(await site.loginAs(name)).user.id).toBe(getUserId(name));
      const { access_token } = site.pool.tokensFor(name);
      expect(expectLoggedIn(await site.exchangeByPost({ access_token })).user.id).toBe(
        getUserId(name),
      );
    },
  );

  test('there is no second account, and no user has changed', async () => {
    const lasting = (users: StoredUser[]) =>
      users.map((user) => ({ ...user, updatedAt: 'any', role: user.role?.type }));
    expect(lasting(await site.strapi.users())).toEqual(lasting(before.users));
    expect((await identityOwners(site)).sort()).toEqual(
      [getUserId('ann'), getUserId('gil'), getUserId('nia')].sort(),
    );
  });

  test('an identity that changes its email to that of an adopted user does not get the user', async () => {
    const { email } = site.pool.user('ann').attributes;
    const attacker = addPoolUser(site, { attributes: { email } });
    expectRefusal(await builtInLogin(attacker), 'email_taken');
  });

  test('a user who has verified the email since is adopted', async () => {
    site.pool.user('ben').attributes.email_verified = true;
    expect(expectLoggedIn(await builtInLogin('ben')).user.id).toBe(getUserId('ben'));
    expect(await site.strapi.users()).toHaveLength(people.length);
  });

  test('a new identity gets a user too', async () => {
    expectLoggedIn(await site.loginAs(addPoolUser(site, { name: 'newcomer' })));
    expect(await site.strapi.users()).toHaveLength(people.length + 1);
  });

  test('the stored settings are still unchanged', async () => {
    expect(await site.strapi.stored('grant')).toEqual(before.grant);
  });
});

describe('after the plugin is removed', () => {
  let users: StoredUser[];

  beforeAll(async () => {
    users = await site.strapi.users();
    await site.strapi.restart({ plugin: false });
  });

  test('the built-in provider finds all users, including those whom the plugin created', async () => {
    for (const name of [...people, 'newcomer']) {
      const { id } = expectLoggedIn(await builtInLogin(name)).user;
      expect(id).toBe(users.find(({ email }) => email.startsWith(`${name}@`))?.id);
    }
    expect(await site.strapi.users()).toEqual(users);
    expect(await site.strapi.stored('grant')).toEqual(before.grant);
  });
});
