import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { type Site, startSite } from '../support/site';
import { exchangeIdToken, addPoolUser, createUser } from '../support/users';

// Discord's provider marks a user as confirmed whatever Discord says of the email: an attacker who has
// the victim's address in an unverified Discord account shares the account that the victim is linked to.

let site: Site;

beforeAll(async () => {
  site = await startSite({ cognito: { users: { linking: 'verified-email' } } });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  await site.strapi.advanced({ email_confirmation: true });
});

afterAll(() => site.stop());

test.each(['discord', 'github', 'google', null])(
  'a user of provider %p who is marked as confirmed is linked to nobody',
  async (provider) => {
    const name = addPoolUser(site);
    const user = await createUser(site, { email: `${name}@example.com`, provider });
    expect(user.confirmed).toBe(true);
    expectRefusal(await exchangeIdToken(site, name), 'email_taken');
    expect(await site.rows('identity')).toEqual([]);
  },
);

test('a user who confirmed the mail of users-permissions is linked', async () => {
  const name = addPoolUser(site);
  const user = await createUser(site, { email: `${name}@example.com` });
  expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(user.id);
});
