import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import { startPool } from '../support/pool';
import { Site, connectPool } from '../support/site';
import { type StoredUser, builtInNeedsMore, startStrapi } from '../support/strapi';
import { addPoolUser, createRole, identityOwners } from '../support/users';

/**
 * A live site moves from the built-in provider to the plugin, and back. The tests follow each other
 * on one database, which the built-in provider of the installed Strapi has written.
 */
let site: Site;

const people = ['ann', 'gil', 'nia', 'ben'];
/** What the admin of the live site has made of them since. */
const roles: Record<string, string> = { ann: 'editor', gil: 'authenticated', nia: 'public' };

/** The live site before the plugin came. */
let before: { users: StoredUser[]; grant: unknown; jwts: Record<string, string> };

beforeAll(async () => {
  const [pool, strapi] = await Promise.all([startPool(), startStrapi({ plugin: false })]);
  site = new Site(pool, strapi);
  await connectPool(site);
  await strapi.setGrant({ jwksurl: pool.jwksUrl });
});

/** What a front-end of the built-in provider asks: it has both tokens in its URL. */
const builtInLogin = (name: string) => {
  const { id_token } = site.pool.tokensFor(name);
  return site.exchange({ id_token, access_token: 'whatever' });
};

const idsBefore = () => Object.fromEntries(before.users.map(({ email, id }) => [email, id]));
const idOf = (name: string) => idsBefore()[String(site.pool.user(name).attributes.email)];

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
    // The role that an admin gave has no permission for this; another one has.
    expect(seen.status).toBe(403);
    expect(await site.me(before.jwts.gil!)).toMatchObject({
      status: 200,
      body: { id: idOf('gil') },
    });
  });

  test('a user with an unverified email is not adopted', async () => {
    expectRefusal(await builtInLogin('ben'), 'email_not_verified');
    await withConfig(site, { users: { requireVerifiedEmail: false } }, async () => {
      expectRefusal(await builtInLogin('ben'), 'email_taken');
    });
    expect(await identityOwners(site)).toEqual([]);
  });

  test.each(['ann', 'gil', 'nia'])('%s is who they were, by every way in', async (name) => {
    expect(expectLoggedIn(await builtInLogin(name)).user.id).toBe(idOf(name));
    expect(expectLoggedIn(await site.loginAs(name)).user.id).toBe(idOf(name));
    const { access_token } = site.pool.tokensFor(name);
    expect(expectLoggedIn(await site.exchangeByPost({ access_token })).user.id).toBe(idOf(name));
  });

  test('there is no second account, and no user has changed', async () => {
    const lasting = (users: StoredUser[]) =>
      users.map((user) => ({ ...user, updatedAt: 'any', role: user.role?.type }));
    expect(lasting(await site.strapi.users())).toEqual(lasting(before.users));
    expect((await identityOwners(site)).sort()).toEqual(
      [idOf('ann'), idOf('gil'), idOf('nia')].sort(),
    );
  });

  test('an identity that takes on the email of an adopted user does not get the user', async () => {
    const { email } = site.pool.user('ann').attributes;
    const thief = addPoolUser(site, { attributes: { email } });
    expectRefusal(await builtInLogin(thief), 'email_taken');
  });

  test('a user who has verified the email since is adopted', async () => {
    site.pool.user('ben').attributes.email_verified = true;
    expect(expectLoggedIn(await builtInLogin('ben')).user.id).toBe(idOf('ben'));
    expect(await site.strapi.users()).toHaveLength(people.length);
  });

  test('a new identity gets a user too', async () => {
    expectLoggedIn(await site.loginAs(addPoolUser(site, { name: 'newcomer' })));
    expect(await site.strapi.users()).toHaveLength(people.length + 1);
  });

  test('the stored settings are still untouched', async () => {
    expect(await site.strapi.stored('grant')).toEqual(before.grant);
  });
});

describe('after the plugin is removed', () => {
  let users: StoredUser[];

  beforeAll(async () => {
    users = await site.strapi.users();
    await site.strapi.restart({ plugin: false });
  });

  test('the built-in provider finds all users, also those created in between', async () => {
    for (const name of [...people, 'newcomer']) {
      const { id } = expectLoggedIn(await builtInLogin(name)).user;
      expect(id).toBe(users.find(({ email }) => email.startsWith(`${name}@`))?.id);
    }
    expect(await site.strapi.users()).toEqual(users);
    expect(await site.strapi.stored('grant')).toEqual(before.grant);
  });
});
