/* Settings that a script has stored for users-permissions, which accepts any value that is truthy. */
import { expectLoggedIn } from '../support/assertions';
import { Browser } from '../support/browser';
import { PROVIDERS, logIn, useBoth } from '../support/site-code';
import type { AdvancedSettings, GrantSettings } from '../support/strapi';
import { addPoolUser } from '../support/users';

const getSite = useBoth();

describe.each(PROVIDERS)('%s:', (provider) => {
  test.each(['true', 1])('allow_register that is %j lets users register', async (allowed) => {
    const site = getSite(provider);
    await site.strapi.advanced({ allow_register: allowed } as unknown as AdvancedSettings);
    expectLoggedIn(await logIn(site, addPoolUser(site)));
  });

  test.each(['true', 1])('enabled that is %j enables the provider', async (enabled) => {
    const site = getSite(provider);
    await site.strapi.setGrant({ enabled } as unknown as GrantSettings);
    const name = addPoolUser(site);
    for (let turn = 0; turn < 2; turn += 1) expectLoggedIn(await logIn(site, name));
    expect((await new Browser().get(site.connectUrl)).location).toContain('/oauth2/authorize?');
    await site.strapi.setGrant({ enabled: true });
  });
});

test.each([0, '', null])('unique_email that is %j allows a second user', async (unique) => {
  const site = getSite('plugin');
  await site.strapi.advanced({ unique_email: unique } as unknown as AdvancedSettings);
  const attributes = { email: 'shared@example.com', email_verified: true };
  for (const name of [addPoolUser(site, { attributes }), addPoolUser(site, { attributes })]) {
    expectLoggedIn(await logIn(site, name));
  }
  expect(await site.strapi.users()).toHaveLength(2);
});

test('email_confirmation that is a text: an unconfirmed user, whose JWT Strapi refuses, gets none', async () => {
  const site = getSite('plugin');
  const name = addPoolUser(site);
  const { user } = expectLoggedIn(await logIn(site, name));
  await site.strapi.run(
    (strapi, id) =>
      strapi.db
        .query('plugin::users-permissions.user')
        .update({ where: { id }, data: { confirmed: false } }),
    user.id,
  );
  await site.strapi.advanced({ email_confirmation: 'true' } as unknown as AdvancedSettings);
  expect((await logIn(site, name)).body.error?.details.code).toBe('email_not_verified');
});
