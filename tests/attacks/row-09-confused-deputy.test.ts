import { createHash, randomBytes } from 'node:crypto';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import type { AppClient } from '../support/pool';
import { type Site, startSite } from '../support/site';

// A code of the site's own client that has leaked is of no use without the client secret. Strapi would add
// the secret to it for anybody.

const APP = 'com.example.app://callback';

let site: Site;
let app: AppClient;

beforeAll(async () => {
  site = await startSite();
  site.pool.client.callbackUrls.push(APP);
  app = site.pool.addClient({ callbackUrls: [APP] });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(() => site.pool.forgetRequests());

afterAll(() => site.stop());

/** A code that was given to one client, and what was said when it was asked for. */
async function codeOf({ clientId }: AppClient) {
  const code_verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: APP,
    scope: 'openid email profile',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const url = `${site.pool.origin}/oauth2/authorize?${query.toString()}`;
  const code = new URL(await site.pool.authorize(url, 'ann')).searchParams.get('code') ?? '';
  return { code, code_verifier, redirect_uri: APP };
}

test('a code of the site’s own client is refused, without a call to Cognito', async () => {
  const grant = await codeOf(site.pool.client);
  expectRefusal(await site.exchangeByPost(grant), 'invalid_request');
  const { clientId } = site.pool.client;
  expectRefusal(await site.exchangeByPost({ ...grant, client_id: clientId }), 'invalid_request');
  expect(site.pool.count('/oauth2/token')).toBe(0);
});

test('unless the site has configured the redirect URI', async () => {
  const redirectUris = ['https://app.example.com/cb', APP];
  await withConfig(site, { tokens: { redirectUris } }, async () => {
    expectLoggedIn(await site.exchangeByPost(await codeOf(site.pool.client)));
  });
  await withConfig(site, { tokens: { redirectUris: [`${APP}/`] } }, async () => {
    expectRefusal(await site.exchangeByPost(await codeOf(site.pool.client)), 'invalid_request');
  });
});

test('a code of an additional client needs no entry: no secret is added to it', async () => {
  const tokens = { additionalClientIds: [app.clientId] };
  await withConfig(site, { tokens }, async () => {
    const body = { ...(await codeOf(app)), client_id: app.clientId };
    expectLoggedIn(await site.exchangeByPost(body));
  });
});
