import { inflateRawSync } from 'node:zlib';
import { Browser, type BrowserResponse } from '../support/browser';
import { expectRefusedHere } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import { FRONT_END, type Site, redirectParameters, startSite } from '../support/site';

let site: Site;
/** Its public URL is https, as behind a TLS proxy, but these tests use http. */
let behindProxy: Site;

// Under localhost, because only a Strapi there may use the stand-in for Cognito.
const publicUrl = 'https://cms.localhost';

beforeAll(async () => {
  [site, behindProxy] = await Promise.all([
    startSite(),
    startSite({
      url: publicUrl,
      usersPermissions: `{
        callback: {
          async validate(callback, provider) {
            strapi.log.info('asked about ' + callback + ' of ' + provider.callback + ' and ' + provider.subdomain);
            if (!callback.startsWith('https://tenant-')) throw new Error('not a tenant');
          },
        },
      }`,
    }),
  ]);
});

afterEach(() => {
  site.pool.clearChanges();
  site.pool.forgetRequests();
});

const connect = (query = '', browser = new Browser(), at = site) =>
  browser.get(at.connectUrl + query);

const asked = (callback: string) => `?callback=${encodeURIComponent(callback)}`;

/** See also connect-refused.test.ts. */
function expectRefusedAtFrontEnd(response: BrowserResponse, code: string) {
  expect(response.location?.split('?')[0]).toBe(FRONT_END);
  expect(response.headers['set-cookie'] ?? []).toEqual([]);
  expect(redirectParameters(response).get('error')).toBe(code);
}

describe('connect', () => {
  test('redirects to the Host URI with only state, nonce and PKCE', async () => {
    const response = await connect();
    expect(response.status).toBe(302);
    expect(response.location?.split('?')[0]).toBe(`${site.pool.origin}/oauth2/authorize`);
    expect(Object.fromEntries(redirectParameters(response))).toEqual({
      response_type: 'code',
      client_id: site.pool.client.clientId,
      redirect_uri: site.strapi.redirectUri,
      scope: 'openid email profile',
      state: expect.stringMatching(/^[\w-]{20,}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{20,}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: 'S256',
    });
    expect(response.headers['cache-control']).toBe('no-store');
    expect(site.pool.requests).toEqual([]);
  });

  test('writes spaces of the scope as %20', async () => {
    expect((await connect()).location).toMatch(/[?&]scope=openid(%20|\+)email(%20|\+)profile(&|$)/);
  });

  test('creates a new state, nonce and challenge for each login, also in one browser', async () => {
    const browser = new Browser();
    const all = await Promise.all(Array.from({ length: 4 }, () => connect('', browser)));
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(new Set(all.map((response) => redirectParameters(response).get(name))).size).toBe(4);
    }
    const [first] = all.map(redirectParameters);
    expect(first?.get('state')).not.toBe(first?.get('nonce'));
  });

  test('sends the configured scope instead of the default', async () => {
    await withConfig(site, { connection: { scope: ['openid', 'phone'] } }, async () => {
      expect(redirectParameters(await connect()).get('scope')).toBe('openid phone');
    });
  });

  test.each([
    ['identity_provider', 'Google'],
    ['idp_identifier', 'example.com'],
    ['login_hint', 'ann+1@example.com'],
    ['lang', 'pt-BR'],
    ['prompt', 'select_account'],
    ['login_hint', 'é & = # ?'],
  ])('passes on %s=%s', async (name, value) => {
    const query = `?${name}=${encodeURIComponent(value)}`;
    const parameters = redirectParameters(await connect(query));
    expect(parameters.getAll(name)).toEqual([value]);
    expect([...parameters.keys()]).toHaveLength(9);
  });

  test.each([
    ['a list of scopes', ['openid', 'email', 'phone']],
    ['scopes as text', 'openid email phone'],
  ])(
    'has what the site has set in the stored row, %s, except parameters of the protocol',
    async (_, scope) => {
      await site.strapi.setGrant({
        scope,
        custom_params: { identity_provider: 'Corp', lang: 'fr', max_age: 60, state: 'mine' },
      });
      try {
        const parameters = redirectParameters(await connect('?lang=de'));
        expect(Object.fromEntries(parameters)).toMatchObject({
          scope: 'openid email phone',
          identity_provider: 'Corp',
          lang: 'de',
          max_age: '60',
        });
        expect(parameters.getAll('state')).not.toContain('mine');
      } finally {
        await site.strapi.setGrant({ scope: ['email', 'openid', 'profile'], custom_params: null });
      }
    },
  );

  test('does not forward empty ones', async () => {
    expect([...redirectParameters(await connect('?lang=&prompt=')).keys()]).toHaveLength(8);
  });

  test.each([
    'scope=admin',
    'state=mine',
    'nonce=mine',
    'redirect_uri=https%3A%2F%2Fevil.example',
    'response_type=token',
    'client_id=mine',
    'key=mine',
    'secret=mine',
    'authorize_url=https%3A%2F%2Fevil.example',
    'access_url=https%3A%2F%2Fevil.example',
    'subdomain=evil.example',
    'code_challenge=mine&code_challenge_method=plain',
    'resource=mine',
    'custom=mine',
    'custom_params[scope]=mine',
    'custom_params%5Bresource%5D=mine',
    'dynamic=mine',
    'transport=querystring',
    'profile_url=https%3A%2F%2Fevil.example',
    '__proto__[x]=mine',
  ])('forwards nothing of ?%s', async (query) => {
    const { location = '' } = await connect(`?${query}`);
    expect(location.split('?')[0]).toBe(`${site.pool.origin}/oauth2/authorize`);
    expect(location).not.toMatch(/mine|evil|admin|plain/);
    const parameters = new URL(location).searchParams;
    expect([...parameters.keys()]).toHaveLength(8);
    expect(parameters.get('redirect_uri')).toBe(site.strapi.redirectUri);
    expect(parameters.get('scope')).toBe('openid email profile');
    expect(parameters.get('response_type')).toBe('code');
  });

  test.each([
    'prompt=login&prompt=none',
    'identity_provider=a&identity_provider=b',
    'idp_identifier[]=a',
    'login_hint[a]=b',
    'lang=a&lang=a',
    'callback=a&callback=b',
    'callback[]=a',
  ])('refuses ?%s', async (query) => {
    expectRefusedHere(await connect(`?${query}`), 'invalid_request');
  });

  test.each(['/x', '/callback/x', '/link', '/callbackx', '//callback'])(
    'has no route at %s',
    async (path) => {
      const response = await new Browser().get(site.connectUrl + path);
      expect(response.status).toBe(404);
      expect(response.headers['set-cookie'] ?? []).toEqual([]);
    },
  );

  test.each(['POST', 'PUT', 'DELETE'])('does not start with %s', async (method) => {
    const response = await fetch(site.connectUrl, { method, redirect: 'manual' });
    expect(response.status).toBe(405);
    expect(response.headers.get('set-cookie')).toBeNull();
  });
});

describe('?callback=', () => {
  test.each([
    'http://localhost:3000/connect/cognito/redirect?x=1&y=a%20b',
    'http://localhost:3000/connect/cognito/redirect?next=%2Fhome%3Fa%3Db%26c&empty=&flag',
    'http://localhost:3000/connect/cognito/redirect?é=ü',
    'http://localhost:3000/connect/cognito/redirect?x=1#part',
  ])('%s: the login redirects there, and keeps its query', async (callback) => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser, asked(callback));
    const { location = '' } = await browser.get(back);
    const [address = '', part] = new URL(callback).href.split('#');
    expect(location.startsWith(`${address}&access_token=`)).toBe(true);
    expect(new URL(location).hash).toBe(part === undefined ? '' : `#${part}`);
    const [own, all] = [new URL(callback).searchParams, new URL(location).searchParams];
    all.delete('access_token');
    expect([...all]).toEqual([...own]);
  });

  test('gets the error of a failed login too', async () => {
    const browser = new Browser();
    const back = await site.signIn('ann', browser, asked(`${FRONT_END}?x=1`));
    site.pool.injectFault('token', { status: 503 });
    const { location } = await browser.get(back);
    expect(location?.startsWith(`${FRONT_END}?x=1&error=cognito_unavailable&`)).toBe(true);
  });

  test('applies to one login only', async () => {
    const browser = new Browser();
    await site.signIn('ann', browser, asked(`${FRONT_END}?x=1`));
    const { location } = await browser.get(await site.signIn('ann', browser));
    expect(location?.startsWith(`${FRONT_END}?access_token=`)).toBe(true);
  });

  test.each([
    ['another origin', 'https://evil.example/connect/cognito/redirect'],
    ['another scheme', 'https://localhost:3000/connect/cognito/redirect'],
    ['another port', 'http://localhost:3001/connect/cognito/redirect'],
    ['another path', 'http://localhost:3000/elsewhere'],
    ['a path below', 'http://localhost:3000/connect/cognito/redirect/x'],
    ['a path that leaves', 'http://localhost:3000/connect/cognito/redirect/../x'],
    ['the host as user', 'http://localhost:3000@evil.example/connect/cognito/redirect'],
    ['a host that starts the same', 'http://localhost:3000.evil.example/connect/cognito/redirect'],
    ['no scheme', '//localhost:3000/connect/cognito/redirect'],
    ['only a path', '/connect/cognito/redirect'],
    ['a script', 'javascript:alert(1)'],
    ['nonsense', 'nonsense'],
    ['an own access_token', `${FRONT_END}?access_token=evil`],
    ['an own access_token, encoded', `${FRONT_END}?%61ccess_token=evil`],
    ['an own id_token', `${FRONT_END}?x=1&id_token=evil`],
    ['an own error', `${FRONT_END}?error=evil`],
    ['an own error_description', `${FRONT_END}?error_description=evil`],
    ['more characters than fit in a cookie', `${FRONT_END}?x=${'x'.repeat(4_000)}`],
  ])('with %s is refused', async (_, callback) => {
    expectRefusedHere(await connect(asked(callback)), 'invalid_request');
    expect(site.pool.requests).toEqual([]);
  });

  test('is checked by a validate function of the site', async () => {
    const callback = 'https://tenant-1.example/in?x=1';
    const { strapi, pool } = behindProxy;
    await strapi.forgetLogs();
    // It gets the row as it is stored. A URL object would add a slash.
    await strapi.setGrant({ callback: 'https://app.example' });
    expect((await connect(asked(callback), new Browser(), behindProxy)).status).toBe(302);
    await strapi.setGrant({ callback: FRONT_END });
    expect((await strapi.allLogs()).join('\n')).toContain(
      `asked about ${callback} of https://app.example and ${pool.origin}\n`,
    );
    const refused = await connect(asked(FRONT_END), new Browser(), behindProxy);
    expectRefusedHere(refused, 'invalid_request');
    // The configured URL is not checked by it.
    expect((await connect('', new Browser(), behindProxy)).status).toBe(302);
  });

  test.each(['javascript:alert(1)', 'https://tenant-1.example/in?access_token=x'])(
    'such as %s is not accepted, even if a validate function allows it',
    async (callback) => {
      const everything = (strict: boolean) =>
        behindProxy.strapi.run((strapi, keep: boolean) => {
          const name = 'plugin.users-permissions.callback';
          const kept = globalThis as { kept?: unknown };
          kept.kept ??= strapi.config.get(name);
          strapi.config.set(name, keep ? kept.kept : { validate: () => undefined });
        }, strict);
      await everything(false);
      try {
        expectRefusedHere(
          await connect(asked(callback), new Browser(), behindProxy),
          'invalid_request',
        );
      } finally {
        await everything(true);
      }
    },
  );

  test('may be the scheme of an app, if one is configured', async () => {
    const callback = 'com.example.app://login/done';
    await site.strapi.setGrant({ callback });
    try {
      const browser = new Browser();
      const back = await site.signIn('ann', browser, asked(`${callback}?x=1`));
      const { location } = await browser.get(back);
      expect(location).toMatch(/^com\.example\.app:\/\/login\/done\?x=1&access_token=[\w-]{43}$/);
    } finally {
      await site.strapi.setGrant({ callback: FRONT_END });
    }
  });
});

describe('the cookie of a login', () => {
  const parseAttributes = (text: string) =>
    text
      .split(';')
      .slice(1)
      .map((attribute) => attribute.trim().toLowerCase());

  test('is HttpOnly and SameSite=Lax, and not Secure if Strapi’s URL is http', async () => {
    const { headers } = await connect();
    const cookies = headers['set-cookie'] ?? [];
    expect(cookies).toHaveLength(1);
    for (const cookie of cookies) {
      expect(parseAttributes(cookie)).toEqual(
        expect.arrayContaining(['httponly', 'samesite=lax', 'path=/']),
      );
      expect(parseAttributes(cookie)).not.toContain('secure');
      expect(cookie).not.toMatch(/^__(Host|Secure)-/);
      expect(cookie.length).toBeLessThan(4_096);
    }
  });

  test('is Secure and for this host only if Strapi’s URL is https, even over http', async () => {
    const { headers, status } = await connect('', new Browser(), behindProxy);
    expect(status).toBe(302);
    const cookies = headers['set-cookie'] ?? [];
    expect(cookies).toHaveLength(1);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-/);
      const attributes = parseAttributes(cookie);
      expect(attributes).toEqual(
        expect.arrayContaining(['secure', 'httponly', 'samesite=lax', 'path=/']),
      );
      expect(attributes.filter((attribute) => attribute.startsWith('domain'))).toEqual([]);
    }
  });

  test('completes a login behind a proxy, and is deleted', async () => {
    const { pool, strapi } = behindProxy;
    const begun = await connect('', new Browser(), behindProxy);
    const cookie = (begun.headers['set-cookie'] ?? [])
      .map((text) => text.split(';', 1)[0])
      .join('; ');
    expect(redirectParameters(begun).get('redirect_uri')).toBe(
      `${publicUrl}/api/connect/cognito/callback`,
    );
    const back = await pool.authorize(begun.location ?? '', 'ann');
    const inside = back.replace(publicUrl, strapi.url);
    const end = await new Browser().get(inside, { headers: { cookie } });
    expect([...redirectParameters(end).keys()]).toEqual(['access_token']);
    const cleared = end.headers['set-cookie'] ?? [];
    expect(cleared[0]).toMatch(/^__Host-[^=]+=;.*expires=Thu, 01 Jan 1970/i);
    expect(cleared[0]?.toLowerCase()).toContain('secure');
    // An attacker on a sibling host may set a cookie with the plain name, which is ignored.
    const plain = cookie.replaceAll('__Host-', '');
    const second = await pool.authorize(begun.location ?? '', 'ann');
    const planted = await new Browser().get(second.replace(publicUrl, strapi.url), {
      headers: { cookie: plain },
    });
    expect(redirectParameters(planted).get('error')).toBe('invalid_request');
  });

  test('is limited to five logins of a browser: the oldest are deleted', async () => {
    const browser = new Browser();
    const backs: string[] = [];
    for (let tab = 0; tab < 7; tab += 1) backs.push(await site.signIn('ann', browser));
    const cookies = browser
      .cookies(site.strapi.url)
      .filter(({ name }) => name.includes('cognito-login'));
    expect(cookies).toHaveLength(5);
    expect(redirectParameters(await browser.get(backs[0]!)).get('error')).toBe('invalid_request');
    expect(redirectParameters(await browser.get(backs[6]!)).has('access_token')).toBe(true);
  });

  test('does not contain the client secret', async () => {
    const { headers } = await connect();
    const text = (headers['set-cookie'] ?? []).join('\n');
    const [, login = ''] = /=([^;.]+)/.exec(text) ?? [];
    const value = inflateRawSync(Buffer.from(login, 'base64url')).toString();
    expect(value).toContain('codeVerifier');
    expect(text + value).not.toContain(site.pool.client.clientSecret);
  });
});

describe('connect is refused', () => {
  afterEach(() =>
    site.strapi.setGrant({
      enabled: true,
      key: site.pool.client.clientId,
      secret: site.pool.client.clientSecret,
      subdomain: site.pool.origin,
      callback: FRONT_END,
      jwksurl: '',
    }),
  );

  test('with provider_disabled if the provider is disabled', async () => {
    await site.strapi.setGrant({ enabled: false });
    expectRefusedAtFrontEnd(await connect(), 'provider_disabled');
  });

  test.each([
    ['Client ID', { key: '' }, /Client ID is missing/],
    ['a blank Client ID', { key: '  ' }, /Client ID is missing/],
    ['Host URI', { subdomain: '' }, /Host URI.*missing/],
    ['Host URI that Strapi fills in', { subdomain: 'my.subdomain.com' }, /Host URI.*missing/],
    ['Host URI with a path', { subdomain: 'a.example/path' }, /Host URI.*not a valid domain/],
    ['Host URI without https', { subdomain: 'http://a.example' }, /Host URI.*not a valid domain/],
    ['redirect URL', { callback: '' }, /redirect URL.*missing/],
    ['an invalid redirect URL', { callback: 'nonsense' }, /redirect URL.*not a valid URL/],
    ['redirect URL', { callback: `${FRONT_END}?access_token=x` }, /redirect URL.*parameter/],
    ['JWKS URL', { jwksurl: 'https://a.example/keys' }, /JWKS URL is not/],
  ])('with not_configured if %s is missing or wrong, which is logged', async (_, grant, log) => {
    await site.strapi.setGrant(grant);
    await site.strapi.forgetLogs();
    const response = await connect();
    if ('callback' in grant) expectRefusedHere(response, 'not_configured');
    else expectRefusedAtFrontEnd(response, 'not_configured');
    const lines = await site.strapi.allLogs();
    expect(lines.filter((line) => line.includes('not_configured'))).toEqual([
      expect.stringMatching(log),
    ]);
    const shown = decodeURIComponent(response.location ?? response.body);
    expect(shown).not.toMatch(/Client ID|Host URI|redirect URL|JWKS/);
  });

  test('and the log names everything that is missing, but never the secret', async () => {
    await site.strapi.setGrant({ key: '', subdomain: '', callback: '' });
    await site.strapi.forgetLogs();
    expectRefusedHere(await connect(), 'not_configured');
    const logs = (await site.strapi.allLogs()).join('\n');
    expect(logs).toMatch(/redirect URL.*Host URI.*Client ID/);
    expect(logs).not.toContain(site.pool.client.clientSecret);
  });
});
