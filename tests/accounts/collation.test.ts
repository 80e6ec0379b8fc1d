import { type Site, startSite } from '../support/site';
import { createUser } from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite({ cognito: { users: { linking: 'verified-email' } } });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  await site.strapi.advanced({ email_confirmation: true });
});

/** Logs in by an id_token with this email, verified. */
async function loginWith(sub: string, email: string) {
  const claims = { ...site.pool.idClaims('nia'), sub, email, 'cognito:username': sub };
  return site.exchangeByPost({ id_token: site.pool.sign({ claims }) });
}

// Found on MariaDB: its default collation treats "a" and "á" as equal, so an attacker's address
// with an accent would open the account without it.
test.each(['cognito', 'local'])(
  'an address that only looks like that of a user of provider %s is a different one',
  async (provider) => {
    await site.clearUsers();
    const { id } = await createUser(site, { email: 'anna@example.com', provider });
    const stranger = await loginWith('stranger', 'ánna@example.com');
    // A database that treats the two as equal rejects the second; others get a new user.
    const made = { status: 200, body: { user: { provider: 'cognito' } } };
    const taken = { status: 409, body: { error: { details: { code: 'email_taken' } } } };
    expect(stranger).toMatchObject(process.env.TEST_DATABASE === 'mysql' ? taken : made);
    expect(stranger.body.user?.id).not.toBe(id);
    const victim = await loginWith('the-victim', 'Anna@Example.com');
    expect(victim.body.user?.id).toBe(id);
  },
);

test('a user who is created during the search, and only has a similar email, is not adopted', async () => {
  await site.clearUsers();
  const uid = 'plugin::users-permissions.user';
  await site.strapi.run((strapi, model) => {
    const { lifecycles } = strapi.db as unknown as {
      lifecycles: { subscribe(subscriber: object): () => void };
    };
    const unsubscribe = lifecycles.subscribe({
      models: [model],
      async beforeFindMany() {
        unsubscribe();
        const user = { username: 'hanna', email: 'hanna@example.com', provider: 'cognito' };
        await strapi.db.query(model).create({ data: { ...user, confirmed: true } });
      },
    });
  }, uid);
  await loginWith('stranger', 'hánna@example.com');
  expect(await site.strapi.users()).toContainEqual(
    expect.objectContaining({ username: 'hanna', email: 'hanna@example.com' }),
  );
});

test('subjects that differ in case, accent or trailing space are different identities', async () => {
  await site.clearUsers();
  const subjects = ['abc', 'ABC', 'ábc', 'abc '];
  const ids = new Set<number | undefined>();
  for (const [index, subject] of subjects.entries()) {
    const { body } = await loginWith(subject, `person${index}@example.com`);
    ids.add(body.user?.id);
  }
  expect(ids.size).toBe(subjects.length);
  expect(ids).not.toContain(undefined);
});
