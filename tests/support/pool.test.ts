import { createHash, randomBytes } from 'node:crypto';
import { Browser } from './browser';
import { atHash, decodeJwt, startPool, type AppClient, type Pool } from './pool';
import { startStrapi, type StrapiUnderTest } from './strapi';

const callback = 'http://localhost:9999/callback';
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');

let pool: Pool;

beforeAll(async () => {
  pool = await startPool();
  pool.client.callbackUrls.push(callback);
  pool.client.logoutUrls.push('http://localhost:9999/bye');
});

afterEach(() => {
  pool.clearChanges();
  pool.forgetRequests();
});

function authorizeUrl(parameters: Record<string, string | undefined> = {}): string {
  const all: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: pool.client.clientId,
    redirect_uri: callback,
    scope: 'openid email profile',
    state: 'the state',
    ...parameters,
  };
  const url = new URL('/oauth2/authorize', pool.origin);
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) {
      url.searchParams.set(name, value);
    }
  }
  return url.href;
}

async function result(
  parameters: Record<string, string | undefined> = {},
  name = 'ann',
): Promise<Record<string, string>> {
  const url = new URL(await pool.authorize(authorizeUrl(parameters), name));
  return Object.fromEntries(url.searchParams);
}

const codeFor = async (name = 'ann', parameters = {}): Promise<string> =>
  (await result(parameters, name)).code ?? '';

type Json = Record<string, string>;

async function call(
  path: string,
  fields: Record<string, string>,
  basic: AppClient = pool.client,
): Promise<{ status: number; body: Json }> {
  const credentials = `${basic.clientId}:${basic.clientSecret ?? ''}`;
  const response = await fetch(pool.origin + path, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    body: new URLSearchParams(fields),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Json) };
}

const swap = (code: string, more: Record<string, string> = {}, basic?: AppClient) =>
  call(
    '/oauth2/token',
    { grant_type: 'authorization_code', code, redirect_uri: callback, ...more },
    basic,
  );

async function swapWithout(
  fields: Record<string, string>,
): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${pool.origin}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      redirect_uri: callback,
      ...fields,
    }),
  });
  return { status: response.status, body: (await response.json()) as Json };
}

const userInfo = (token: string) =>
  fetch(`${pool.origin}/oauth2/userInfo`, { headers: { authorization: `Bearer ${token}` } });

describe('authorization', () => {
  test('redirects with a code and the state, and remembers the browser', async () => {
    const browser = new Browser();
    const first = new URL(await pool.authorize(authorizeUrl(), 'ann', { browser }));
    expect(first.searchParams.get('state')).toBe('the state');
    expect(pool.count('/login')).toBe(1);
    const again = await browser.get(authorizeUrl());
    expect(again.location).toMatch(/^http:\/\/localhost:9999\/callback\?code=.+&state=the\+state$/);
    const asked = await browser.get(authorizeUrl({ prompt: 'login' }));
    expect(new URL(asked.location ?? '').pathname).toBe('/login');
    pool.advanceClock(3601);
    const late = await browser.get(authorizeUrl());
    expect(new URL(late.location ?? '').pathname).toBe('/login');
  });

  test('redirects unregistered clients and URIs to the error page', async () => {
    const url = await pool.authorize(authorizeUrl({ redirect_uri: `${callback}/` }), 'ann');
    expect(url).toBe(
      `${pool.origin}/error?error=redirect_mismatch&client_id=${pool.client.clientId}`,
    );
    expect(await (await fetch(url)).text()).toContain('allowed callback URLs');
    const unknown = await pool.authorize(authorizeUrl({ client_id: 'other' }), 'ann');
    expect(new URL(unknown).pathname).toBe('/error');
  });

  test.each([
    [{ response_type: undefined }, 'invalid_request'],
    [{ response_type: 'token' }, 'unauthorized_client'],
    [{ scope: 'openid admin' }, 'invalid_scope'],
    [{ code_challenge: challengeOf('v') }, 'invalid_request'],
    [{ code_challenge_method: 'S256' }, 'invalid_request'],
    [{ code_challenge: challengeOf('v'), code_challenge_method: 'plain' }, 'invalid_request'],
    [{ prompt: 'none' }, 'login_required'],
  ])('refuses %j with %s', async (parameters, error) => {
    expect(await result(parameters)).toEqual({
      error,
      error_description: expect.any(String) as string,
      state: 'the state',
    });
  });

  test('can be cancelled', async () => {
    const url = await pool.authorize(authorizeUrl(), 'ann', { cancel: true });
    expect(new URL(url).searchParams.get('error')).toBe('access_denied');
  });

  test('has a page that escapes its output, and a form for other users', async () => {
    const evil = '"><script>alert(1)</script>';
    pool.addUser({ name: evil });
    const browser = new Browser();
    const { location = '' } = await browser.get(authorizeUrl({ login_hint: evil, state: evil }));
    const { body } = await browser.get(location);
    expect(body).not.toContain('<script');
    expect(body).toContain('&quot;&gt;&lt;script&gt;');
    pool.deleteUser(evil);
    const form = { username: 'zoe', email: 'zoe@example.com', groups: 'a, b' };
    const { location: back = '' } = await browser.post(location, form);
    expect(new URL(back).searchParams.get('code')).toBeTruthy();
    expect(pool.user('zoe')).toMatchObject({
      groups: ['a', 'b'],
      attributes: { email: 'zoe@example.com', email_verified: false },
    });
    expect((await browser.post(location, {})).status).toBe(400);
  });
});

describe('the token endpoint', () => {
  const verifier = randomBytes(32).toString('base64url');
  const pkce = { code_challenge: challengeOf(verifier), code_challenge_method: 'S256' };

  test('exchanges a code with PKCE for tokens', async () => {
    const code = await codeFor('ann', { ...pkce, nonce: 'n0nce' });
    const { status, body } = await swap(code, { code_verifier: verifier });
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 });
    const id = decodeJwt(body.id_token ?? '');
    const access = decodeJwt(body.access_token ?? '');
    expect(id).toMatchObject({
      iss: pool.issuer,
      aud: pool.client.clientId,
      sub: pool.user('ann').sub,
      token_use: 'id',
      nonce: 'n0nce',
      email: 'ann@example.com',
      email_verified: true,
      at_hash: atHash(body.access_token ?? ''),
      'cognito:username': 'ann',
      'cognito:groups': ['admins', 'editors'],
      'custom:tenant': 'acme',
    });
    expect(access).toMatchObject({
      client_id: pool.client.clientId,
      token_use: 'access',
      scope: 'openid email profile',
      username: 'ann',
      origin_jti: id.origin_jti,
    });
    expect(access).not.toHaveProperty('aud');
  });

  test('accepts a code once, for five minutes, with the right verifier and redirect_uri', async () => {
    const code = await codeFor();
    expect((await swap(code)).status).toBe(200);
    expect(await swap(code)).toEqual({ status: 400, body: { error: 'invalid_grant' } });

    const wrong = await codeFor('ann', pkce);
    expect((await swap(wrong, { code_verifier: 'x' })).body).toEqual({ error: 'invalid_grant' });
    expect((await swap(await codeFor('ann', pkce))).body).toEqual({ error: 'invalid_grant' });
    expect((await swap(await codeFor(), { code_verifier: 'ignored' })).status).toBe(200);

    const elsewhere = await swap(await codeFor(), { redirect_uri: `${callback}2` });
    expect(elsewhere.body).toEqual({
      error: 'unauthorized_client',
      error_description: 'invalid_redirect',
    });

    const late = await codeFor();
    pool.advanceClock(301);
    expect((await swap(late)).body).toEqual({ error: 'invalid_grant' });
  });

  test('authenticates clients by Basic or form, and public ones by their id', async () => {
    const { clientId, clientSecret = '' } = pool.client;
    expect(clientSecret).toContain('+');
    const post = { client_id: clientId, client_secret: clientSecret };
    expect((await swapWithout({ code: await codeFor(), ...post })).status).toBe(200);
    const wrong = { ...post, client_secret: clientSecret.replace('+', ' ') };
    const refused = { status: 400, body: { error: 'invalid_client' } };
    expect(await swapWithout({ code: await codeFor(), ...wrong })).toEqual(refused);
    expect(await swapWithout({ code: await codeFor(), client_id: clientId })).toEqual(refused);
    expect(await swapWithout({ code: await codeFor() })).toEqual(refused);

    const mobile = pool.addClient({ callbackUrls: [callback] });
    const code = await codeFor('ann', { client_id: mobile.clientId });
    expect((await swapWithout({ code, client_id: mobile.clientId })).status).toBe(200);
    const other = await codeFor('ann', { client_id: mobile.clientId });
    expect((await swap(other)).body).toEqual({ error: 'invalid_grant' });
  });

  test('issues no id_token without openid', async () => {
    const { body } = await swap(await codeFor('ann', { scope: 'email' }));
    expect(body).not.toHaveProperty('id_token');
    const refused = await userInfo(body.access_token ?? '');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toContain('openid');
  });

  test('refreshes, with and without rotation, until revoked', async () => {
    const { body } = await swap(await codeFor());
    const fields = { grant_type: 'refresh_token', refresh_token: body.refresh_token ?? '' };
    const refreshed = await call('/oauth2/token', fields);
    expect(refreshed.status).toBe(200);
    expect(refreshed.body).not.toHaveProperty('refresh_token');
    expect(decodeJwt(refreshed.body.id_token ?? '')).not.toHaveProperty('nonce');

    const access = refreshed.body.access_token ?? '';
    expect((await userInfo(access)).status).toBe(200);
    expect((await call('/oauth2/revoke', { token: access })).body).toEqual({
      error: 'unsupported_token_type',
    });
    const revoked = await call('/oauth2/revoke', { token: fields.refresh_token });
    expect(revoked).toEqual({ status: 200, body: {} });
    expect((await call('/oauth2/revoke', { token: 'unknown' })).status).toBe(200);
    expect((await userInfo(access)).status).toBe(401);
    expect((await call('/oauth2/token', fields)).body).toEqual({ error: 'invalid_grant' });

    pool.client.rotation = true;
    const again = { ...fields, refresh_token: pool.tokensFor('ann').refresh_token };
    expect((await call('/oauth2/token', again)).body).toHaveProperty('refresh_token');
    expect((await call('/oauth2/token', again)).body).toEqual({ error: 'invalid_grant' });
    pool.client.rotation = false;
  });

  test('rejects other grant types', async () => {
    const other = await call('/oauth2/token', { grant_type: 'password' });
    expect(other.body).toEqual({ error: 'unsupported_grant_type' });
    expect((await call('/oauth2/token', {})).body).toEqual({ error: 'invalid_request' });
  });

  test('issues changed tokens', async () => {
    pool.changeIdToken(({ claims }) => ({ claims: { ...claims, aud: 'else' }, key: 'foreign' }));
    pool.changeTokenResponse((body) => ({ ...body, extra: 1 }));
    const { body } = await swap(await codeFor());
    expect(decodeJwt(body.id_token ?? '').aud).toBe('else');
    expect(body).toHaveProperty('extra', 1);
    pool.clearChanges();
    const right = await swap(await codeFor());
    expect(decodeJwt(right.body.id_token ?? '').aud).toBe(pool.client.clientId);
  });
});

describe('other endpoints', () => {
  test('userInfo has email_verified as text', async () => {
    const response = await userInfo(pool.tokensFor('gil').access_token);
    const body = (await response.json()) as Json;
    expect(body).toMatchObject({ sub: pool.user('gil').sub, email_verified: 'true' });
    expect(body.username).toMatch(/^Google_1179\d+$/);
    expect((await userInfo('nonsense')).status).toBe(401);
    pool.changeUserInfo((own) => ({ ...own, sub: 'another' }));
    const changed = await userInfo(pool.tokensFor('gil').access_token);
    expect(((await changed.json()) as Json).sub).toBe('another');
  });

  test('a user who is created again has another sub', async () => {
    const tokens = pool.tokensFor('nia');
    const { sub } = pool.user('nia');
    expect(pool.recreateUser('nia').sub).not.toBe(sub);
    expect((await userInfo(tokens.access_token)).status).toBe(401);
  });

  test('logout only redirects to registered URLs', async () => {
    const browser = new Browser();
    await pool.authorize(authorizeUrl(), 'ann', { browser });
    expect(browser.cookies(pool.origin)).toHaveLength(1);
    const url = (to: string) =>
      `${pool.origin}/logout?${new URLSearchParams({ client_id: pool.client.clientId, logout_uri: to }).toString()}`;
    expect((await browser.get(url('http://localhost:9999/else'))).status).toBe(400);
    expect((await browser.get(url('http://localhost:9999/bye'))).location).toBe(
      'http://localhost:9999/bye',
    );
    expect(browser.cookies(pool.origin)).toHaveLength(0);
  });

  test('keys can be rotated', async () => {
    const keys = async () =>
      ((await (await fetch(pool.jwksUrl)).json()) as { keys: { kid: string }[] }).keys.map(
        ({ kid }) => kid,
      );
    const before = await keys();
    const old = pool.tokensFor('ann').access_token;
    expect(before).toEqual([pool.kid('id'), pool.kid('access')]);
    pool.rotateKeys({ keepOld: true });
    expect(await keys()).toEqual([pool.kid('id'), pool.kid('access'), ...before]);
    expect((await userInfo(old)).status).toBe(200);
    pool.rotateKeys();
    expect(await keys()).toHaveLength(2);
    expect((await userInfo(old)).status).toBe(401);
  });

  test('signs with any algorithm', () => {
    const claims = pool.idClaims('ann');
    const header = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as object;
    for (const alg of ['RS256', 'RS512', 'PS256', 'ES256', 'HS256', 'none']) {
      expect(header(pool.sign({ claims, alg }))).toEqual({ kid: pool.kid(), alg });
    }
    expect(pool.sign({ claims, alg: 'none' })).toMatch(/\.$/);
    expect(header(pool.sign({ claims, header: { kid: undefined } }))).toEqual({ alg: 'RS256' });
    expect(header(pool.sign({ claims: pool.accessClaims('ann') }))).toHaveProperty(
      'kid',
      pool.kid('access'),
    );
    expect(pool.sign({ claims: 'not json', key: 'foreign' }).split('.')).toHaveLength(3);
  });
});

describe('faults', () => {
  const text = async () => (await fetch(pool.jwksUrl)).text();

  test('a response is replaced a number of times, or until clearChanges()', async () => {
    pool.injectFault('jwks', { status: 503, times: 1 });
    pool.injectFault('jwks', {
      status: 429,
      body: { error: 'slow' },
      headers: { 'retry-after': '1' },
    });
    expect((await fetch(pool.jwksUrl)).status).toBe(503);
    const second = await fetch(pool.jwksUrl);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await fetch(pool.jwksUrl)).status).toBe(429);
    pool.clearChanges();
    expect((await fetch(pool.jwksUrl)).status).toBe(200);
    expect(pool.count('/.well-known/jwks.json')).toBe(4);
    expect(pool.requests[0]).toMatchObject({ method: 'GET', path: '/.well-known/jwks.json' });
  });

  test('a response is cut, reset, stalled, hung, delayed or garbage', async () => {
    pool.injectFault('jwks', { cut: true });
    await expect(text()).rejects.toThrow();
    pool.injectFault('jwks', { reset: true });
    await expect(text()).rejects.toThrow();
    pool.injectFault('jwks', { garbage: true });
    await expect(text()).resolves.toContain('Not the JSON');
    pool.injectFault('jwks', { delay: 5 });
    expect(JSON.parse(await text())).toEqual(pool.jwks());
    pool.injectFault('jwks', ({ query }) => (query.has('x') ? { status: 418 } : undefined));
    expect((await fetch(`${pool.jwksUrl}?x=1`)).status).toBe(418);
    expect((await fetch(pool.jwksUrl)).status).toBe(200);
    for (const fault of [{ hang: true }, { stall: true }]) {
      pool.injectFault('jwks', fault);
      const signal = AbortSignal.timeout(100);
      await expect(
        fetch(pool.jwksUrl, { signal }).then((response) => response.text()),
      ).rejects.toThrow();
    }
  });

  test('a fault leaves a code unspent', async () => {
    const code = await codeFor();
    pool.injectFault('token', { status: 500, times: 1 });
    expect((await swap(code)).status).toBe(500);
    expect((await swap(code)).status).toBe(200);
  });

  test('a pool stops with connections that hang', async () => {
    const other = await startPool();
    other.injectFault('jwks', { hang: true });
    const waiting = expect(fetch(other.jwksUrl)).rejects.toThrow();
    while (other.count('/.well-known/jwks.json') === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await other.stop();
    await waiting;
  });
});

describe('the Strapi harness', () => {
  let app: StrapiUnderTest;

  beforeAll(async () => {
    app = await startStrapi({ plugin: false });
  }, 90_000);

  test('boots, runs functions, and keeps logs and settings over a restart', async () => {
    expect((await fetch(`${app.url}/api/users/me`)).status).toBe(403);
    expect((await app.allLogs()).join('\n')).toContain('GET /api/users/me');
    await app.setGrant({ enabled: true, key: 'a-client' });
    await app.advanced({ unique_email: false });
    await app.restart();
    expect(await app.stored('grant')).toHaveProperty('cognito.key', 'a-client');
    expect(await app.stored('advanced')).toMatchObject({
      unique_email: false,
      allow_register: true,
    });
    expect(await app.users()).toEqual([]);
    expect(await app.run((strapi, n: number) => [strapi.config.get('server.url'), n], 1)).toEqual([
      app.url,
      1,
    ]);
    const failure = app.run(() => {
      throw Object.assign(new Error('over there'), { details: { code: 'x' } });
    });
    await expect(failure).rejects.toMatchObject({ message: 'over there', details: { code: 'x' } });
  }, 90_000);

  test('logs in to the built-in provider through the pool', async () => {
    pool.client.callbackUrls.push(app.redirectUri);
    await app.setGrant({
      enabled: true,
      key: pool.client.clientId,
      subdomain: pool.origin.replace('http://', ''),
    });
    const browser = new Browser();
    const { status, location = '' } = await browser.get(`${app.url}/api/connect/cognito`);
    expect(status).toBe(302);
    // The built-in provider adds https:// to the Host URI.
    expect(location).toMatch(/^https:\/\/localhost:\d+\/oauth2\/authorize\?/);
    const back = await pool.authorize(location.replace('https:', 'http:'), 'ann');
    expect(back).toMatch(`${app.redirectUri}?code=`);
  });

  test('registers an administrator', async () => {
    expect(await app.admin()).toMatch(/^ey/);
    expect(await app.admin()).toMatch(/^ey/);
  });

  test('a boot that fails says why', async () => {
    const config = { server: `throw new Error('bad server.js');` };
    await expect(startStrapi({ plugin: false, config })).rejects.toThrow('bad server.js');
  }, 90_000);
});
