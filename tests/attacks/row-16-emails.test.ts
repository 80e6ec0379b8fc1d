import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { type Site, startSite } from '../support/site';
import { exchangeIdToken, addPoolUser } from '../support/users';

// Emails that mail programs read as other addresses than the one that Cognito has verified, and tokens
// whose email is none.

let site: Site;

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(() => site.pool.forgetRequests());

afterEach(() => site.pool.clearChanges());

afterAll(() => site.stop());

test.each([
  '<victim@example.com>',
  'victim@example.com;',
  'victim@example.com,attacker@example.com',
  '"victim@example.com"@attacker.example',
  'victim@example.com\r\nbcc:x',
  '=?utf-8?q?victim=40example.com=3e?=@attacker.example',
])('%j is not an email, and creates no user', async (email) => {
  expectRefusal(await exchangeIdToken(site, addPoolUser(site), { email }), 'email_missing');
  expect(await site.strapi.users()).toEqual([]);
});

describe('an email claim that is not a string', () => {
  test.each([null, '', 7, true, [], ['a@example.com'], {}, { email: 'a@example.com' }])(
    'makes an id_token malformed: %j',
    async (email) => {
      const name = addPoolUser(site);
      expectRefusal(await exchangeIdToken(site, name, { email }), 'token_malformed');
      expectLoggedIn(await exchangeIdToken(site, name));
    },
  );

  test.each([null, '', ['a@example.com']])(
    'is no reason to ask userInfo in a login by browser: %j',
    async (email) => {
      site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, email } }));
      expect((await site.login('ann')).get('error')).toBe('token_malformed');
      expect(site.pool.count('/oauth2/userInfo')).toBe(0);
    },
  );

  test('makes an access token malformed, without a call to userInfo', async () => {
    const claims = { ...site.pool.accessClaims('ann'), email: null };
    const access_token = site.pool.sign({ claims, key: 'access' });
    expectRefusal(await site.exchangeByPost({ access_token }), 'token_malformed');
    expect(site.pool.count('/oauth2/userInfo')).toBe(0);
  });
});

test('a token without an email is valid, because userInfo has it', async () => {
  site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, email: undefined } }));
  expect((await site.login('ann')).has('access_token')).toBe(true);
  expect(site.pool.count('/oauth2/userInfo')).toBe(1);
});
