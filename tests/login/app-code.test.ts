import { createHash, randomBytes } from 'node:crypto';
import { type Code, expectLoggedIn, expectRefusal } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import type { AppClient } from '../support/pool';
import { FRONT_END, type Site, startSite } from '../support/site';
import { PASSWORD, issueJwt, link, addPoolUser, createUser } from '../support/users';

/** The redirect URI of the app, which is not Strapi's. */
const APP = 'com.example.app://login/done';
/** The pool does not know the last one. */
const tokens = { redirectUris: [APP, FRONT_END] };

let site: Site;
/** The app's own client, which is public because an app cannot keep a secret. */
let app: AppClient;

beforeAll(async () => {
  site = await startSite({ cognito: { tokens } });
  site.pool.client.callbackUrls.push(APP);
  app = site.pool.addClient({ callbackUrls: [APP] });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

afterEach(async () => {
  site.pool.clearChanges();
  site.pool.forgetRequests();
  await site.strapi.setGrant({ enabled: true, secret: site.pool.client.clientSecret });
});

interface AppGrant {
  code: string;
  code_verifier: string;
  redirect_uri: string;
}

/** The parameters of an app that has run the authorization itself. */
async function getAppCode(name: string, client = site.pool.client, more = {}): Promise<AppGrant> {
  const code_verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: APP,
    scope: 'openid email profile',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  const url = `${site.pool.origin}/oauth2/authorize?${query.toString()}`;
  const code = new URL(await site.pool.authorize(url, name)).searchParams.get('code');
  return { code: code ?? '', code_verifier, redirect_uri: APP };
}

const additional = (...clients: AppClient[]) => ({
  tokens: { ...tokens, additionalClientIds: clients.map(({ clientId }) => clientId) },
});

const countTokenRequests = () => site.pool.requests.filter(({ path }) => path === '/oauth2/token');

describe('a code of an app', () => {
  test('gives a JWT that Strapi accepts, and the user', async () => {
    const name = addPoolUser(site);
    const answer = await site.exchangeByPost(await getAppCode(name));
    const { jwt, user } = expectLoggedIn(answer);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(user).toMatchObject({ email: `${name}@example.com`, provider: 'cognito' });
    expect((await site.me(jwt)).body).toMatchObject({ id: user.id });
    expect(expectLoggedIn(await site.loginAs(name)).user.id).toBe(user.id);
    expect(JSON.stringify(answer.body)).not.toMatch(/refresh_token|id_token|access_token/);
  });

  test('is redeemed as the site’s own client, whose secret goes only to Cognito', async () => {
    const grant = await getAppCode('ann');
    expectLoggedIn(await site.exchangeByPost(grant));
    const [request, ...more] = countTokenRequests();
    expect(more).toEqual([]);
    const { clientId, clientSecret } = site.pool.client;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    expect(request?.headers.authorization).toBe(`Basic ${basic}`);
    expect(Object.fromEntries(request!.form)).toEqual({
      grant_type: 'authorization_code',
      ...grant,
    });
  });

  test('may name the site’s client', async () => {
    const { clientId } = site.pool.client;
    const body = { ...(await getAppCode('ann')), client_id: clientId };
    expectLoggedIn(await site.exchangeByPost(body));
  });

  test('may come with a nonce, which the app checks', async () => {
    const grant = await getAppCode('ann', site.pool.client, { nonce: 'of the app' });
    expectLoggedIn(await site.exchangeByPost(grant));
  });

  test('of an additional client is redeemed as that client, with only PKCE', async () => {
    await withConfig(site, additional(app), async () => {
      const body = { ...(await getAppCode('ann', app)), client_id: app.clientId };
      expectLoggedIn(await site.exchangeByPost(body));
      const [request] = countTokenRequests();
      expect(request?.headers.authorization).toBeUndefined();
      expect(request?.form.get('client_id')).toBe(app.clientId);
      expect(request?.form.has('client_secret')).toBe(false);
    });
  });

  test('of a site whose client is public needs no secret', async () => {
    const config = { connection: { clientId: app.clientId, clientSecret: null } };
    await withConfig(site, config, async () => {
      expectLoggedIn(await site.exchangeByPost(await getAppCode('ann', app)));
      const [request] = countTokenRequests();
      expect(request?.headers.authorization).toBeUndefined();
      expect(request?.form.get('client_id')).toBe(app.clientId);
    });
  });

  test('is accepted as a form and as JSON', async () => {
    const body = new URLSearchParams({ ...(await getAppCode('ann')) });
    expect((await fetch(site.exchangeUrl, { method: 'POST', body })).status).toBe(200);
  });

  test('detects the issuer if none is known', async () => {
    await site.strapi.setGrant({ jwksurl: '' });
    const forget = () =>
      site.strapi.run((strapi) =>
        strapi.store({ type: 'plugin', name: 'cognito', key: 'issuers' }).set({ value: {} }),
      );
    await forget();
    try {
      const { id_token } = site.pool.tokensFor('ann');
      expectRefusal(await site.exchangeByPost({ id_token }), 'not_configured');
      expectLoggedIn(await site.exchangeByPost(await getAppCode('ann')));
      expectLoggedIn(await site.exchangeByPost({ id_token }));
    } finally {
      await forget();
      await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
    }
  });

  test('of another issuer detects nothing', async () => {
    await site.strapi.setGrant({ jwksurl: '' });
    try {
      site.pool.changeIdToken(({ claims }) => ({
        claims: { ...claims, iss: 'http://localhost:1' },
      }));
      expectRefusal(await site.exchangeByPost(await getAppCode('ann')), 'token_issuer');
      const { id_token } = site.pool.tokensFor('ann');
      expectRefusal(await site.exchangeByPost({ id_token }), 'not_configured');
    } finally {
      await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
    }
  });

  test('links the identity to the user who is logged in', async () => {
    const user = await createUser(site, { password: PASSWORD });
    const name = addPoolUser(site);
    const answer = await link(site, await issueJwt(site, user), await getAppCode(name));
    expect(answer).toMatchObject({ status: 200, body: { user: { id: user.id } } });
    expect(expectLoggedIn(await site.exchangeByPost(await getAppCode(name))).user.id).toBe(user.id);
  });

  test('that is invalid links nothing', async () => {
    const user = await createUser(site, { password: PASSWORD });
    const jwt = await issueJwt(site, user);
    const name = addPoolUser(site);
    const grant = { ...(await getAppCode(name)), code_verifier: 'x'.repeat(43) };
    expectRefusal(await link(site, jwt, grant), 'cognito_refused');
    const bare = { ...(await getAppCode(name)), code_verifier: undefined };
    expectRefusal(await link(site, jwt, bare), 'invalid_request');
    expect(expectLoggedIn(await site.loginAs(name)).user.id).not.toBe(user.id);
  });

  test('is in no log, nor is its verifier', async () => {
    await site.strapi.forgetLogs();
    const [good, bad] = [await getAppCode('ann'), await getAppCode('ann')];
    await site.exchangeByPost(good);
    await site.exchangeByPost({ ...bad, code_verifier: good.code_verifier });
    const logs = (await site.strapi.allLogs()).join('\n');
    expect(logs).toContain('invalid_grant');
    for (const secret of [good.code, bad.code, good.code_verifier, bad.code_verifier, 'eyJ']) {
      expect(logs).not.toContain(secret);
    }
  });
});

describe('a code is refused', () => {
  const forOther = { code_verifier: randomBytes(32).toString('base64url') };

  test.each<[string, Code, Record<string, unknown>]>([
    ['with another verifier', 'cognito_refused', forOther],
    ['with another redirect_uri', 'cognito_refused', { redirect_uri: FRONT_END }],
    ['that is invented', 'cognito_refused', { code: 'x' }],
  ])('%s, by Cognito', async (_, code, change) => {
    expectRefusal(await site.exchangeByPost({ ...(await getAppCode('ann')), ...change }), code);
    expect(countTokenRequests()).toHaveLength(1);
  });

  test.each<[string, Code, Record<string, unknown>]>([
    ['without a verifier', 'invalid_request', { code_verifier: undefined }],
    ['with an empty verifier', 'invalid_request', { code_verifier: '' }],
    ['with a null verifier', 'invalid_request', { code_verifier: null }],
    ['with a verifier that is a list', 'invalid_request', { code_verifier: ['x'] }],
    ['with a verifier that is a number', 'invalid_request', { code_verifier: 7 }],
    ['without redirect_uri', 'invalid_request', { redirect_uri: undefined }],
    ['with an empty redirect_uri', 'invalid_request', { redirect_uri: '' }],
    ['with two redirect_uris', 'invalid_request', { redirect_uri: [APP, APP] }],
    ['that is empty', 'invalid_request', { code: '' }],
    ['that is a number', 'invalid_request', { code: 7 }],
    ['that is an object', 'invalid_request', { code: { $ne: '' } }],
    ['with two client ids', 'invalid_request', { client_id: ['a', 'b'] }],
    ['with a client id that is null', 'invalid_request', { client_id: null }],
    ['of a client that is not an additional one', 'token_audience', { client_id: 'another' }],
    ['beside an error from Cognito', 'cognito_refused', { error: 'access_denied' }],
  ])('%s, without a call to Cognito', async (_, code, change) => {
    const grant = await getAppCode('ann');
    expectRefusal(await site.exchangeByPost({ ...grant, ...change }), code);
    expect(countTokenRequests()).toEqual([]);
    expectLoggedIn(await site.exchangeByPost(grant));
  });

  test.each(['code', 'code_verifier', 'redirect_uri'])('in a form with %s twice', async (name) => {
    const form = new URLSearchParams({ ...(await getAppCode('ann')) });
    form.append(name, form.get(name) ?? '');
    const response = await fetch(site.exchangeUrl, { method: 'POST', body: form });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { details: { code: 'invalid_request' } },
    });
  });

  test('the second time', async () => {
    const grant = await getAppCode('ann');
    expectLoggedIn(await site.exchangeByPost(grant));
    expectRefusal(await site.exchangeByPost(grant), 'cognito_refused');
  });

  test('of a user without a verified email', async () => {
    expectRefusal(await site.exchangeByPost(await getAppCode('ben')), 'email_not_verified');
  });

  test('of an additional client that has a secret, which Strapi does not know', async () => {
    const secret = site.pool.addClient({ callbackUrls: [APP], clientSecret: 'x' });
    await withConfig(site, additional(secret), async () => {
      const body = { ...(await getAppCode('ann', secret)), client_id: secret.clientId };
      expectRefusal(await site.exchangeByPost(body), 'cognito_refused');
    });
  });

  test('of one client with the id of another', async () => {
    await withConfig(site, additional(app), async () => {
      const own = { ...(await getAppCode('ann')), client_id: app.clientId };
      expectRefusal(await site.exchangeByPost(own), 'cognito_refused');
      const { clientId } = site.pool.client;
      const other = { ...(await getAppCode('ann', app)), client_id: clientId };
      expectRefusal(await site.exchangeByPost(other), 'cognito_refused');
      expectRefusal(await site.exchangeByPost(await getAppCode('ann', app)), 'cognito_refused');
    });
  });

  test('if the id_token is for an unknown client', async () => {
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, aud: 'another' } }));
    expectRefusal(await site.exchangeByPost(await getAppCode('ann')), 'token_audience');
  });

  test('if the id_token is for another additional client', async () => {
    const other = site.pool.addClient({ callbackUrls: [APP] });
    await withConfig(site, additional(app, other), async () => {
      site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, aud: other.clientId } }));
      expectRefusal(await site.exchangeByPost(await getAppCode('ann')), 'token_audience');
      const body = { ...(await getAppCode('ann', app)), client_id: app.clientId };
      expectRefusal(await site.exchangeByPost(body), 'token_audience');
      const { clientId } = site.pool.client;
      site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, aud: clientId } }));
      const again = { ...(await getAppCode('ann', app)), client_id: app.clientId };
      expectRefusal(await site.exchangeByPost(again), 'token_audience');
    });
  });

  test('if the id_token is invalid, as in a login in the browser', async () => {
    site.pool.changeIdToken(() => ({ key: 'foreign' }));
    expectRefusal(await site.exchangeByPost(await getAppCode('ann')), 'token_signature');
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, at_hash: 'x' } }));
    expectRefusal(await site.exchangeByPost(await getAppCode('ann')), 'token_signature');
  });

  test('while Cognito is down', async () => {
    const grant = await getAppCode('ann');
    site.pool.injectFault('token', { status: 503 });
    expectRefusal(await site.exchangeByPost(grant), 'cognito_unavailable');
    site.pool.clearChanges();
    expectLoggedIn(await site.exchangeByPost(grant));
  });

  test('in a query, which is logged', async () => {
    const grant = await getAppCode('ann');
    await site.strapi.forgetLogs();
    expectRefusal(await site.exchange({ ...grant }), 'invalid_request');
    const query = new URLSearchParams({ ...grant }).toString();
    const response = await fetch(`${site.exchangeUrl}?${query}`, { method: 'POST' });
    expect(response.status).toBe(400);
    expect(countTokenRequests()).toEqual([]);
    const logs = (await site.strapi.allLogs()).join('\n');
    expect(logs).not.toContain(grant.code);
    expect(logs).not.toContain(grant.code_verifier);
    expectLoggedIn(await site.exchangeByPost(grant));
  });

  test('with tokens.exchange off', async () => {
    const grant = await getAppCode('ann');
    await withConfig(site, { tokens: { exchange: false } }, async () => {
      expectRefusal(await site.exchangeByPost(grant), 'invalid_request');
      const bare = { ...grant, code_verifier: undefined };
      expectRefusal(await site.exchangeByPost(bare), 'invalid_request');
    });
    expect(countTokenRequests()).toEqual([]);
    expectLoggedIn(await site.exchangeByPost(grant));
  });

  test('if the provider is disabled', async () => {
    const grant = await getAppCode('ann');
    await site.strapi.setGrant({ enabled: false });
    expectRefusal(await site.exchangeByPost(grant), 'provider_disabled');
    expect(countTokenRequests()).toEqual([]);
  });
});

test('an id_token and a one-time code have priority over a code, which stays valid', async () => {
  const grant = await getAppCode('ann');
  const { id_token } = site.pool.tokensFor('nia');
  const { user } = expectLoggedIn(await site.exchangeByPost({ ...grant, id_token }));
  expect(user).toMatchObject({ email: 'nia@example.com' });
  const access_token = await site.code('nia');
  site.pool.forgetRequests();
  const second = expectLoggedIn(await site.exchangeByPost({ ...grant, access_token }));
  expect(second.user).toMatchObject({ email: 'nia@example.com' });
  expect(countTokenRequests()).toEqual([]);
  expectLoggedIn(await site.exchangeByPost(grant));
});
