import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { Browser, type BrowserResponse } from '../support/browser';
import { withClockAhead } from '../support/fixtures';
import { FRONT_END, type Site, redirectParameters, startSite } from '../support/site';

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

afterEach(async () => {
  site.pool.clearChanges();
  site.pool.forgetRequests();
  await site.strapi.setGrant({ callback: FRONT_END });
});

const countTokenRequests = () => site.pool.count('/oauth2/token');
const loginCookies = (browser: Browser) =>
  browser.cookies(site.strapi.url).filter(({ name }) => name.includes('cognito'));

/** Expects a redirect to the front-end with an error, and no other parameter. */
function expectError(response: BrowserResponse, error: string): string {
  expect(response.status).toBe(302);
  expect(response.location?.split('?')[0]).toBe(FRONT_END);
  expect(response.headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
  const parameters = Object.fromEntries(redirectParameters(response));
  expect(parameters).toEqual({ error, error_description: expect.stringMatching(/\w/) as string });
  return parameters.error_description ?? '';
}

describe('a valid login', () => {
  test('redirects to the front-end with only an opaque code', async () => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser);
    expect(loginCookies(browser)).not.toEqual([]);
    const response = await browser.get(back);
    expect(response.status).toBe(302);
    expect(response.location?.split('?')[0]).toBe(FRONT_END);
    expect([...redirectParameters(response).keys()]).toEqual(['access_token']);
    // 43 characters of six bits each: 256 bits and two of padding.
    expect(redirectParameters(response).get('access_token')).toMatch(/^[\w-]{43,}$/);
    expect(response.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    expect(response.body).not.toContain('eyJ');
    expect(loginCookies(browser)).toEqual([]);
  });

  test('issues another code each time', async () => {
    const codes = await Promise.all(Array.from({ length: 5 }, () => site.code('ann')));
    expect(new Set(codes).size).toBe(5);
  });

  test('redeems the code with the verifier of its challenge and Basic credentials', async () => {
    const browser = new Browser();
    const { location = '' } = await browser.get(site.connectUrl);
    const challenge = new URL(location).searchParams.get('code_challenge');
    const back = await site.pool.authorize(location, 'ann');
    await browser.get(back);
    const [request] = site.pool.requests.filter(({ path }) => path === '/oauth2/token');
    const form = Object.fromEntries(request!.form);
    expect(form).toEqual({
      grant_type: 'authorization_code',
      code: new URL(back).searchParams.get('code'),
      redirect_uri: site.strapi.redirectUri,
      code_verifier: expect.stringMatching(/^[\w.~-]{43,128}$/) as string,
    });
    const hash = createHash('sha256').update(form.code_verifier ?? '');
    expect(hash.digest('base64url')).toBe(challenge);
    const { clientId, clientSecret } = site.pool.client;
    const credentials = Buffer.from(`${clientId}:${clientSecret ?? ''}`).toString('base64');
    expect(request?.headers.authorization).toBe(`Basic ${credentials}`);
  });

  test('needs no secret if the app client is public', async () => {
    const { clientId, clientSecret } = site.pool.client;
    const { clientId: publicId } = site.pool.addClient({ callbackUrls: [site.strapi.redirectUri] });
    await site.strapi.setGrant({ key: publicId, secret: '' });
    try {
      expect((await site.login('ann')).get('access_token')).toMatch(/^[\w-]{43}$/);
      const [request] = site.pool.requests.filter(({ path }) => path === '/oauth2/token');
      expect(request?.form.get('client_id')).toBe(publicId);
      expect(request?.headers.authorization).toBeUndefined();
    } finally {
      await site.strapi.setGrant({ key: clientId, secret: clientSecret });
    }
  });

  test('works in several tabs of one browser', async () => {
    const browser = new Browser();
    const first = await site.signIn('ann', browser);
    const second = await site.signIn('nia', browser);
    expect(redirectParameters(await browser.get(first)).has('access_token')).toBe(true);
    expect(redirectParameters(await browser.get(second)).has('access_token')).toBe(true);
  });

  test('works if the front-end URL is only a path of Strapi: the browser shows the JSON', async () => {
    await site.strapi.setGrant({ callback: '/api/auth/cognito/callback' });
    const browser = new Browser();
    const { location = '' } = await browser.get(await site.signIn('ann', browser));
    expect(location).toMatch(/\?access_token=[\w-]+$/);
    expect(location.split('?')[0]).toBe(site.exchangeUrl);
    const shown = await browser.get(location);
    expect(shown.status).toBe(200);
    expect(shown.headers['content-type']).toMatch(/^application\/json/);
    expect(shown.json()).toEqual({
      jwt: expect.any(String) as string,
      user: expect.objectContaining({ email: 'ann@example.com' }) as object,
    });
  });

  test('ignores other parameters', async () => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser);
    const more = '&access_token=evil&callback=https%3A%2F%2Fevil.example&scope=x&raw[a]=b';
    const response = await browser.get(back + more);
    expect(response.location).toMatch(
      /^http:\/\/localhost:3000\/connect\/cognito\/redirect\?access_token=[\w-]{43}$/,
    );
  });
});

describe('a callback without a login in this browser', () => {
  const change = (back: string, edit: (query: URLSearchParams) => void): string => {
    const url = new URL(back);
    edit(url.searchParams);
    return url.href;
  };

  test.each<[string, (query: URLSearchParams) => void]>([
    ['no parameters at all', (query) => ['code', 'state'].forEach((name) => query.delete(name))],
    ['no state', (query) => query.delete('state')],
    ['an empty state', (query) => query.set('state', '')],
    ['a wrong state', (query) => query.set('state', 'wrong')],
    ['a state with something after it', (query) => query.set('state', `${query.get('state')}x`)],
    ['the state twice', (query) => query.append('state', query.get('state') ?? '')],
    ['a second state', (query) => query.append('state', 'wrong')],
    ['the code twice', (query) => query.append('code', query.get('code') ?? '')],
    ['no code', (query) => query.delete('code')],
    ['an empty code', (query) => query.set('code', '')],
    ['a state that is an object', (query) => query.append('state[a]', 'b')],
    ['a state that is a name of every object', (query) => query.set('state', '__proto__')],
  ])('is refused with %s, without a call to Cognito', async (_, edit) => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser);
    expectError(await browser.get(change(back, edit)), 'invalid_request');
    expect(countTokenRequests()).toBe(0);
  });

  test('is refused without the cookie', async () => {
    const back = await site.signIn('ann');
    expectError(await new Browser().get(back), 'invalid_request');
    expect(countTokenRequests()).toBe(0);
  });

  test('is refused with the cookies of another browser that also logs in', async () => {
    const victim = new Browser();
    await victim.get(site.connectUrl);
    const back = await site.signIn('ann');
    expectError(await victim.get(back), 'invalid_request');
    expect(countTokenRequests()).toBe(0);
    expect(loginCookies(victim)).not.toEqual([]);
  });

  test("is refused with another login's cookie under this login's name", async () => {
    const [browser, other] = [new Browser(), new Browser()];
    const back = await site.signIn('ann', browser);
    await other.get(site.connectUrl);
    const name = (cookies: Browser) => loginCookies(cookies)[0]!.name;
    const swapped = loginCookies(other)
      .map((cookie) => `${cookie.name.replace(name(other), name(browser))}=${cookie.value}`)
      .join('; ');
    const response = await new Browser().get(back, { headers: { cookie: swapped } });
    expectError(response, 'invalid_request');
    expect(countTokenRequests()).toBe(0);
  });

  test.each([
    [
      'a changed value',
      (value: string) => value.replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
    ],
    ['a changed signature', (value: string) => value.replace(/[^.]+$/, 'x'.repeat(27))],
    ['an empty value', () => ''],
  ])('is refused with %s in the cookie', async (_, edit) => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser);
    const cookies = loginCookies(browser);
    expect(cookies).toHaveLength(1);
    const header = (each: (name: string, value: string) => string) =>
      cookies.map(({ name, value }) => `${name}=${each(name, value)}`).join('; ');
    const tampered = header((_name, value) => edit(value));
    const options = { headers: { cookie: tampered } };
    expectError(await new Browser().get(back, options), 'invalid_request');
    expect(countTokenRequests()).toBe(0);
    // The same cookie without a change is accepted.
    const untouched = { headers: { cookie: header((_name, value) => value) } };
    const good = await new Browser().get(back, untouched);
    expect(redirectParameters(good).has('access_token')).toBe(true);
  });

  test('is refused the second time', async () => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser);
    expect(redirectParameters(await browser.get(back)).has('access_token')).toBe(true);
    expectError(await browser.get(back), 'invalid_request');
    expect(countTokenRequests()).toBe(1);
  });

  test('is refused the second time, even if the first one failed', async () => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser);
    site.pool.injectFault('token', { status: 500, times: 1 });
    expectError(await browser.get(back), 'cognito_unavailable');
    expect(loginCookies(browser)).toEqual([]);
    expectError(await browser.get(back), 'invalid_request');
    expect(countTokenRequests()).toBe(1);
  });

  test.each<[string, (query: URLSearchParams) => void]>([
    ['is missing', (query) => query.delete('code')],
    ['is there twice', (query) => query.append('code', 'x')],
  ])('consumes the state even if the code %s', async (_, edit) => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser);
    expectError(await browser.get(change(back, edit)), 'invalid_request');
    expectError(await browser.get(back), 'invalid_request');
    expect(countTokenRequests()).toBe(0);
  });

  test('refuses a login that took more than an hour, without a call to Cognito', async () => {
    const [late, inTime] = [new Browser(), new Browser()];
    const lateBack = await site.signIn('ann', late);
    const inTimeBack = await site.signIn('ann', inTime);
    await withClockAhead(site, 3_601, async () => {
      expectError(await late.get(lateBack), 'login_expired');
    });
    expect(countTokenRequests()).toBe(0);
    await withClockAhead(site, 3_500, async () => {
      // In time for the login; Cognito's five minutes for a code are separate.
      await inTime.get(inTimeBack);
    });
    expect(countTokenRequests()).toBe(1);
  });
});

describe('a login that Cognito ended', () => {
  /** A pending login, and the callback of Cognito. */
  async function ended(parameters: Record<string, string>): Promise<BrowserResponse> {
    const browser = new Browser();
    const { location = '' } = await browser.get(site.connectUrl);
    const url = new URL(site.strapi.redirectUri);
    url.searchParams.set('state', new URL(location).searchParams.get('state') ?? '');
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return browser.get(url.href);
  }

  test('because the user cancelled: its error and description', async () => {
    const browser = new Browser();
    const { location = '' } = await browser.get(site.connectUrl);
    const back = await site.pool.authorize(location, 'ann', { cancel: true });
    const response = await browser.get(back);
    expect(expectError(response, 'access_denied')).toBe('User cancelled the sign-in');
    expect(loginCookies(browser)).toEqual([]);
    expect(countTokenRequests()).toBe(0);
  });

  test.each(['invalid_request', 'unauthorized_client', 'invalid_scope', 'login_required'])(
    'by %s, which is forwarded unchanged',
    async (error) => {
      const response = await ended({ error, error_description: 'What it says: 100% & more' });
      expect(expectError(response, error)).toBe('What it says: 100% & more');
    },
  );

  test('gets a description if it has none', async () => {
    expectError(await ended({ error: 'access_denied' }), 'access_denied');
  });

  test('with an error ignores a code', async () => {
    expectError(await ended({ error: 'access_denied', code: 'any' }), 'access_denied');
    expect(countTokenRequests()).toBe(0);
  });

  test.each([
    'email_taken',
    'access_token',
    '<script>alert(1)</script>',
    'x&access_token=evil',
    'x\r\nSet-Cookie: a=b',
    '__proto__',
  ])('with an unknown error (%j) does not put it into the URL', async (error) => {
    const response = await ended({ error });
    expectError(response, 'server_error');
    expect(decodeURIComponent(response.location ?? '')).not.toContain(error);
  });

  test('cuts long descriptions, and removes control characters', async () => {
    const hostile = `a\r\nSet-Cookie: x=y\u0000\u0085\u2028&access_token=evil#${'é'.repeat(2_000)}`;
    const response = await ended({ error: 'server_error', error_description: hostile });
    const description = expectError(response, 'server_error');
    expect(description.length).toBeLessThanOrEqual(300);
    expect(description).not.toMatch(/[\p{Cc}]/u);
    expect(response.headers['set-cookie']?.join()).not.toContain('x=y');
  });

  test.each(['error[error]', 'error[]', 'error_description[]'])(
    'with %s is invalid',
    async (name) => {
      expectError(await ended({ error: 'access_denied', [name]: 'evil' }), 'invalid_request');
    },
  );

  test('does not forward its description with a wrong state', async () => {
    const words = { state: 'wrong', error: 'access_denied', error_description: 'evil words' };
    expect(expectError(await ended(words), 'invalid_request')).not.toContain('evil');
  });
});

describe('a login that the token endpoint refuses', () => {
  test('ends with cognito_refused; the text of Cognito is only in the log', async () => {
    const body = { error: 'invalid_grant', error_description: 'words of Cognito' };
    site.pool.injectFault('token', { status: 400, body });
    await site.strapi.forgetLogs();
    const parameters = Object.fromEntries(await site.login('ann'));
    expect(parameters).toEqual({
      error: 'cognito_refused',
      error_description: expect.not.stringContaining('words of Cognito') as string,
    });
    const logs = (await site.strapi.allLogs()).join('\n');
    expect(logs).toMatch(/cognito_refused.*invalid_grant.*words of Cognito/);
  });

  test.each([
    ['no access token', { access_token: undefined }],
    ['no id_token', { id_token: undefined }],
    ['an id_token that is an object', { id_token: {} }],
    ['another token type', { token_type: 'mac' }],
  ])('or that responds with %s ends with cognito_unavailable', async (_, change) => {
    site.pool.changeTokenResponse((body) => ({ ...body, ...change }));
    expect((await site.login('ann')).get('error')).toBe('cognito_unavailable');
  });
});

describe('if no front-end is known', () => {
  test.each(['', 'javascript:alert(1)//', 'data:text/html,x', 'nonsense', '//evil.example/x'])(
    'such as %j, the plugin’s page says what happened, without a value of the request',
    async (callback) => {
      await site.strapi.setGrant({ callback });
      const url = `${site.strapi.redirectUri}?state=a&state=%3Cscript%3E&error=%3Cscript%3E&code=x`;
      const page = await new Browser().get(url);
      expect(page.status).toBe(400);
      expect(page.location).toBeUndefined();
      expect(page.headers['content-type']).toMatch(/^text\/plain/);
      expect(page.headers).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      expect(page.body).toMatch(/^Login failed\. "state" must be given once/);
      expect(page.body).not.toMatch(/<script|alert/);
    },
  );

  test('a login that started while there was one still redirects there', async () => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser);
    await site.strapi.setGrant({ callback: '' });
    const { location } = await browser.get(back);
    expect(location).toMatch(new RegExp(`^${FRONT_END}\\?access_token=`));
  });
});

test('no code, token or secret is in a log line, a URL or a cookie', async () => {
  const secrets: string[] = [];
  const hold = (...values: (string | null | undefined)[]) =>
    secrets.push(...values.map((value) => value ?? ''));
  site.pool.changeTokenResponse((body) => {
    hold(...[body.id_token, body.access_token, body.refresh_token].map(String));
    return body;
  });
  await site.strapi.forgetLogs();

  const browser = new Browser();
  const set: string[] = [];
  const visit = async (url: string) => {
    const response = await browser.get(url);
    set.push(...(response.headers['set-cookie'] ?? []), response.location ?? '');
    return response;
  };
  for (const fault of [undefined, { status: 400, body: { error: 'invalid_grant' } }]) {
    if (fault) site.pool.injectFault('token', fault);
    const { location = '' } = await visit(site.connectUrl);
    const back = await site.pool.authorize(location, 'ann');
    hold(new URL(back).searchParams.get('code'));
    const end = await visit(back);
    await visit(back);
    const code = redirectParameters(end).get('access_token');
    if (code) {
      const shown = await browser.get(`${site.exchangeUrl}?access_token=${code}`);
      await browser.get(`${site.exchangeUrl}?access_token=${code}`);
      expect(shown.status).toBe(200);
      hold(code, shown.json<{ jwt: string }>().jwt);
    }
  }
  const idToken = site.pool.tokensFor('ann').id_token;
  await site.exchange({ id_token: idToken });
  await site.exchange({ id_token: `${idToken}x` });
  await site.exchangeByPost({ access_token: `${idToken}x` });
  hold(idToken, site.pool.client.clientSecret);
  for (const { form, path } of site.pool.requests) {
    if (path === '/oauth2/token') hold(form.get('code_verifier'));
  }

  expect(secrets.length).toBeGreaterThanOrEqual(11);
  expect(secrets.every((secret) => secret.length > 20)).toBe(true);
  const logs = (await site.strapi.allLogs()).join('\n');
  expect(logs).toContain('GET /api/connect/cognito/callback');
  expect(logs).toContain('GET /api/auth/cognito/callback');
  for (const secret of secrets) expect(logs).not.toContain(secret);

  const [tokens, encoded] = [secrets.slice(1, 4), set.map(decoded).join('\n')];
  expect(tokens.every((token) => token.length > 500)).toBe(true);
  for (const secret of [...tokens, site.pool.client.clientSecret ?? '']) {
    expect(encoded).not.toContain(secret);
  }
  expect(encoded).toContain('codeVerifier');
});

/** A header with its base64url and compressed parts decoded. */
function decoded(text: string): string {
  const parts = (text.match(/[\w-]{20,}/g) ?? []).map((part) => Buffer.from(part, 'base64url'));
  const unpacked = parts.map((bytes) => {
    try {
      return inflateRawSync(bytes);
    } catch {
      return bytes;
    }
  });
  return [text, ...parts.map(String), ...unpacked.map(String)].join('\n');
}
