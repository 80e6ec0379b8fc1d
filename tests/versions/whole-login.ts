import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { FRONT_END, type Site, startSite } from '../support/site';

/** One pair of versions, installed by run.mjs. */
interface Cell {
  strapi: string;
  node: string;
  packages: string;
  executable: string;
  addon: string;
}

const cells = JSON.parse(process.env.TEST_VERSIONS ?? '[]') as Cell[];

describe.each(cells)('Strapi $strapi on Node $node', (cell) => {
  let site: Site;

  beforeAll(async () => {
    site = await startSite({
      packages: cell.packages,
      node: cell.executable,
      sqliteAddon: cell.addon,
      plugin: `${cell.packages}/strapi-plugin-cognito`,
      cognito: { bearer: { enabled: true }, logout: { redirects: [FRONT_END] } },
      bootTimeout: 120_000,
    });
  }, 150_000);

  test('the versions are those of the pair', async () => {
    const versions = await site.strapi.run((strapi) => ({
      strapi: strapi.config.get('info.strapi'),
      node: process.version,
    }));
    expect(versions).toEqual({ strapi: cell.strapi, node: `v${cell.node}` });
  });

  test('a user logs in with a browser, and again as the same user', async () => {
    const first = expectLoggedIn(await site.loginAs('ann'));
    const again = expectLoggedIn(await site.loginAs('ann'));
    expect(again.user.id).toBe(first.user.id);
    expect(await site.me(again.jwt)).toMatchObject({
      status: 200,
      body: { email: 'ann@example.com', provider: 'cognito' },
    });
  });

  test('a code works once', async () => {
    const code = await site.code('nia');
    expectLoggedIn(await site.exchange({ access_token: code }));
    expectRefusal(await site.exchange({ access_token: code }), 'login_expired');
  });

  test('tokens from a client are accepted, and forged ones are not', async () => {
    const { id_token: idToken, access_token: accessToken } = site.pool.tokensFor('ann');
    expectLoggedIn(await site.exchangeByPost({ id_token: idToken }));
    expectLoggedIn(await site.exchangeByPost({ access_token: accessToken }));
    const forged = site.pool.sign({ claims: site.pool.idClaims('ann'), key: 'foreign' });
    expectRefusal(await site.exchangeByPost({ id_token: forged }), 'token_signature');
  });

  test('an unverified email gives no access', async () => {
    expectRefusal(await site.loginAs('ben'), 'email_not_verified');
  });

  test('the built-in provider cannot be reached', async () => {
    const reached = site.strapi.run((strapi) =>
      strapi
        .plugin('users-permissions')
        .service('providers-registry')
        .run?.({ provider: 'cognito', accessToken: 'x', query: {}, providers: {} }),
    );
    // This is the plugin's.
    await expect(reached).rejects.toMatchObject({ details: { code: 'invalid_request' } });
  });

  test('the API accepts a Cognito access token', async () => {
    const { id_token: idToken, access_token: accessToken } = site.pool.tokensFor('ann');
    expect((await site.me(accessToken)).status).toBe(200);
    expect((await site.me(idToken)).status).toBe(401);
  });

  test('a logout redirects only to the pool', async () => {
    const url = `${site.strapi.url}/api/auth/cognito/logout`;
    const browser = new Browser();
    const { location } = await browser.get(`${url}?redirect=${encodeURIComponent(FRONT_END)}`);
    expect(location).toContain(`${site.pool.origin}/logout?`);
    expect((await browser.get(`${url}?redirect=https://evil.example`)).status).toBe(400);
  });

  test('?callback= redirects only to allowed URLs', async () => {
    const browser = new Browser();
    const open = (to: string) =>
      browser.get(`${site.connectUrl}?callback=${encodeURIComponent(to)}`);
    expect((await open(`${FRONT_END}?mine=1`)).location).toContain('/oauth2/authorize?');
    expect((await open('https://evil.example/')).status).toBe(400);
  });
});
