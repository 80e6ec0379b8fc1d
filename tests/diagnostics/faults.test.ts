import { generateKeyPairSync } from 'node:crypto';
import type Dns from 'node:dns';
import type { CheckId } from '../../server/admin-contract';
import { withConfig } from '../support/fixtures';
import { Checker } from '../support/diagnostics';
import { listen } from '../support/loopback-http';
import { publicJwk } from '../support/pool/keys';
import { type Pool, startPool } from '../support/pool';
import { FRONT_END, type Site, startSite } from '../support/site';
import type { GrantSettings } from '../support/strapi';
import { updateUser, createUser } from '../support/users';

let site: Site;
let checker: Checker;
/** Another user pool. */
let other: Pool;
let fresh: GrantSettings;

beforeAll(async () => {
  [site, other] = await Promise.all([startSite(), startPool()]);
  checker = new Checker(site.strapi, await site.strapi.admin());
  fresh = {
    enabled: true,
    key: site.pool.client.clientId,
    secret: site.pool.client.clientSecret,
    subdomain: site.pool.origin,
    callback: FRONT_END,
    jwksurl: '',
  };
  // From here on, all calls are recorded, and only localhost is looked up.
  await site.strapi.run((strapi) => {
    const asked: string[] = [];
    Reflect.set(globalThis, 'asked', asked);
    const { fetch } = strapi as unknown as { fetch: (url: string, init: object) => unknown };
    const value = (url: string, init: object) => {
      asked.push(url);
      return fetch(url, init);
    };
    Object.defineProperty(strapi, 'fetch', { value });
    const { mainModule } = process as unknown as { mainModule: NodeJS.Module };
    const dns = mainModule.require('node:dns') as typeof Dns;
    const { lookup } = dns;
    const places: Record<string, string> = {};
    Reflect.set(globalThis, 'places', places);
    const resolve = (host: string) => {
      const place = places[host];
      if (place !== undefined) return place;
      throw Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' });
    };
    Reflect.set(dns, 'lookup', (host: string, options: object, done: (error: unknown) => void) => {
      if (host === 'localhost') lookup(host, options, done);
      else done(Object.assign(new Error(`no ${host}`), { code: 'ENOTFOUND' }));
    });
    Reflect.set(dns.promises, 'lookup', (host: string) =>
      Promise.resolve().then(() => [{ address: resolve(host), family: 4 }]),
    );
  });
});

beforeEach(async () => {
  await site.strapi.run(() => (Reflect.get(globalThis, 'asked') as string[]).splice(0).length);
  site.pool.forgetRequests();
});

afterEach(async () => {
  site.pool.clearChanges();
  other.clearChanges();
  await site.strapi.setGrant(fresh);
});

/** The hosts that Strapi has called in this test. */
const calledHosts = async () => {
  const asked = await site.strapi.run(() => Reflect.get(globalThis, 'asked') as string[]);
  return [...new Set(asked.map((url) => new URL(url).host))];
};

const poolHost = () => new URL(site.pool.origin).host;

/** Runs `work` with another value of Strapi's own config. */
async function withSetting<T>(path: string, value: unknown, work: () => Promise<T>): Promise<T> {
  const set = (arg: { path: string; value: unknown }) =>
    site.strapi.run((strapi, { path: at, value: to }: typeof arg) => {
      const before = strapi.config.get(at);
      strapi.config.set(at, to);
      // Strapi 5 works it out at startup only.
      const { url, host, port } = strapi.config.get<Record<string, string>>('server');
      const absoluteUrl = url?.startsWith('http') ? url : `http://${host}:${port}${url}`;
      strapi.config.set('server.absoluteUrl', absoluteUrl);
      return before;
    }, arg);
  const before = await set({ path, value });
  try {
    return await work();
  } finally {
    await set({ path, value: before });
  }
}

/** Expects one result, from both endpoints. */
async function expectFound(
  id: CheckId,
  code: string,
  values: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) {
  const result = await checker.one(id, headers);
  expect(result).toMatchObject({ id, code, values });
  expect(result.message).not.toMatch(/[{}]/);
  expect(result.remedy ?? '').not.toMatch(/[{}]/);
  return result;
}

test('a new site passes, and says what is not known before the first login', async () => {
  const { outcome, checks } = await checker.all();
  expect(checks.map(({ id, code, outcome: each }) => `${id} ${each} ${code}`)).toEqual([
    'server-url pass server-url.good',
    'app-keys pass app-keys.good',
    'cookies pass cookies.good',
    'provider pass provider.good',
    'host-uri pass host-uri.good',
    'callback-url pass callback-url.good',
    'scopes pass scopes.good',
    'client pass client.good',
    'issuer pass issuer.not-yet',
    'jwks skipped skipped.issuer-not-yet',
    'clock pass clock.good',
    'front-end pass front-end.good',
    'permissions pass permissions.good',
    'registration pass registration.good',
    'roles pass roles.none',
    'attributes pass attributes.none',
    'handoff pass handoff.good',
  ]);
  expect(outcome).toBe('pass');
  expect(await calledHosts()).toEqual([poolHost()]);
});

test('after the first login, the user pool and its keys are known', async () => {
  await site.loginAs('ann');
  try {
    await expectFound('issuer', 'issuer.learned', { issuer: site.pool.issuer });
    await expectFound('jwks', 'jwks.good', { count: 2 });
  } finally {
    await forgetIssuers();
  }
});

/** Restores the detected issuers. */
const forgetIssuers = (value: Record<string, string> = {}) =>
  site.strapi.run(
    (strapi, arg: Record<string, string>) =>
      strapi.store({ type: 'plugin', name: 'cognito', key: 'issuers' }).set({ value: arg }),
    value,
  );

describe("Strapi's own address", () => {
  const publicUrl = 'https://strapi.example.com';

  test.each([
    ['/strapi', 'server-url.relative', 'fail'],
    ['', 'server-url.guessed', 'warn'],
    ['http://strapi.example.com', 'server-url.not-https', 'fail'],
    ['http://127.0.0.1:1337', 'server-url.not-localhost', 'warn'],
    [publicUrl, 'server-url.good', 'pass'],
    [`${publicUrl}/cms`, 'server-url.good', 'pass'],
  ])('%j is %s', async (url, code, outcome) => {
    await withSetting('server.url', url, async () => {
      expect(await expectFound('server-url', code)).toMatchObject({ outcome });
    });
  });

  test('empty, if browsers cannot use the guessed address', () =>
    withSetting('server.url', '', () =>
      withSetting('server.host', '0.0.0.0', () => expectFound('server-url', 'server-url.missing')),
    ));

  test('checks that depend on it are skipped, and the client is checked', () =>
    withSetting('server.url', '/strapi', async () => {
      const skipped = 'skipped.server-url';
      const codes = await checker.codes('cookies', 'callback-url', 'scopes', 'client');
      expect(codes).toEqual([skipped, skipped, skipped, 'client.good']);
    }));
});

describe('cookies', () => {
  const byHttps = { 'x-forwarded-proto': 'https' };
  const publicUrl = 'https://strapi.example.com';

  test('http in the settings, https in the browser', () =>
    withSetting('server.url', 'http://strapi.example.com', () =>
      expectFound('cookies', 'cookies.browser-https', {}, byHttps),
    ));

  test('https in the settings, http here', () =>
    withSetting('server.url', publicUrl, () => expectFound('cookies', 'cookies.not-https')));

  test('a proxy that Strapi does not trust, by either header', () =>
    withSetting('server.url', publicUrl, async () => {
      await expectFound('cookies', 'cookies.proxy-off', {}, byHttps);
      await expectFound('cookies', 'cookies.proxy-off', {}, { forwarded: 'for=x;proto=https' });
    }));

  test('a proxy that Strapi trusts', () =>
    withSetting('server.url', publicUrl, async () => {
      await site.strapi.trustProxy(true);
      await expectFound('cookies', 'cookies.good', {}, byHttps);
      await site.strapi.trustProxy(false);
    }));

  test('one host here, another in the settings', () =>
    withSetting('server.url', 'http://127.0.0.1:1337', () =>
      expectFound('cookies', 'cookies.other-host'),
    ));

  test("Strapi's session for https only matters if another provider is enabled", async () => {
    const session = [{ name: 'strapi::session', config: { secure: true } }];
    await withSetting('middlewares', session, async () => {
      await expectFound('cookies', 'cookies.good');
      await withOtherProvider(() =>
        expectFound('cookies', 'cookies.session-secure', { providers: 'github' }),
      );
    });
  });
});

async function withOtherProvider(work: () => Promise<unknown>): Promise<void> {
  const set = (enabled: boolean) =>
    site.strapi.run(async (strapi, on: boolean) => {
      const store = strapi.store({ type: 'plugin', name: 'users-permissions', key: 'grant' });
      const value = (await store.get()) as Record<string, object>;
      await store.set({ value: { ...value, github: { ...value.github, enabled: on } } });
    }, enabled);
  await set(true);
  try {
    await work();
  } finally {
    await set(false);
  }
}

test('the provider is disabled', async () => {
  await site.strapi.setGrant({ enabled: false });
  await expectFound('provider', 'provider.off');
  expect(await checker.codes('client')).toEqual(['client.good']);
});

test('the saved settings cannot be read', async () => {
  const save = (value: unknown) =>
    site.strapi.run(
      (strapi, to: unknown) =>
        strapi.store({ type: 'plugin', name: 'cognito', key: 'settings' }).set({ value: to }),
      value,
    );
  await save({ linking: 'sometimes' });
  try {
    const { message } = await expectFound('provider', 'provider.saved-unreadable');
    expect(message).toContain('linking');
    expect(await checker.codes('client', 'issuer', 'jwks')).toEqual([
      'client.good',
      'skipped.provider',
      'skipped.provider',
    ]);
  } finally {
    await save(null);
  }
});

describe('Host URI', () => {
  const depending: CheckId[] = ['callback-url', 'scopes', 'client', 'clock'];
  const skipped = depending.map(() => 'skipped.host-uri');

  test.each(['', 'my.subdomain.com', 'my-app.auth.eu-west-1.amazoncognito.com/login'])(
    'the user pool is not checked while it is %j',
    async (subdomain) => {
      await site.strapi.setGrant({ subdomain });
      expect(await checker.codes('issuer', 'jwks')).toEqual([
        'skipped.host-uri',
        'skipped.host-uri',
      ]);
    },
  );

  test.each([
    ['', 'host-uri.missing'],
    ['my.subdomain.com', 'host-uri.missing'],
    ['https://https//my-app.auth.eu-west-1.amazoncognito.com', 'host-uri.malformed'],
    ['my-app.auth.eu-west-1.amazoncognito.com/login', 'host-uri.malformed'],
    ['no-such.auth.eu-west-1.amazoncognito.com', 'host-uri.unresolvable'],
  ])('%j is %s', async (subdomain, code) => {
    await site.strapi.setGrant({ subdomain });
    await expectFound('host-uri', code);
    expect(await checker.codes(...depending)).toEqual(skipped);
  });

  test('a custom domain from the page gets no secret of the config, and is not called', async () => {
    await withConfig(site, { connection: { clientSecret: 'of the config' } }, async () => {
      await site.strapi.setGrant({ subdomain: 'login.example.com' });
      await expectFound('host-uri', 'host-uri.not-of-config', { host: 'login.example.com' });
      expect(await checker.codes(...depending)).toEqual(skipped);
    });
  });

  test('a corrected scheme or slash is reported', async () => {
    const subdomain = `${site.pool.origin.toUpperCase()}/`;
    await site.strapi.setGrant({ subdomain });
    await expectFound('host-uri', 'host-uri.put-right', { host: poolHost() });
  });

  test('no server listens', async () => {
    const gone = await listen(() => undefined);
    await gone.stop();
    await site.strapi.setGrant({ subdomain: gone.origin });
    await expectFound('host-uri', 'host-uri.refused');
  });

  test('http instead of https', async () => {
    await site.strapi.setGrant({ subdomain: site.pool.origin.replace('http:', 'https:') });
    await expectFound('host-uri', 'host-uri.tls');
  });

  test.each([
    [{ hang: true }, 'host-uri.timeout'],
    [{ reset: true }, 'host-uri.unreachable'],
    [{ status: 503 }, 'host-uri.failing'],
    [{ status: 429 }, 'host-uri.failing'],
  ])('%j is %s', async (fault, code) => {
    site.pool.injectFault('authorize', fault);
    await withConfig(site, { http: { timeout: 400 } }, async () => {
      await expectFound('host-uri', code);
      expect(await checker.codes(...depending)).toEqual(skipped);
    });
  });
});

describe('a host that is not Cognito', () => {
  test.each<[string, Parameters<typeof listen>[0]]>([
    ['answers a page', (_, response) => response.end('<html>redirect_mismatch</html>')],
    ['knows nothing', (_, response) => response.writeHead(404).end('{"message":"x"}')],
    [
      'takes the code',
      (_, response) => response.end('{"id_token":"x","access_token":"y","token_type":"Bearer"}'),
    ],
    [
      'sends endless bytes',
      (_, response) => {
        const more = () => {
          if (!response.destroyed) response.write(Buffer.alloc(65_536), more);
        };
        more();
      },
    ],
    [
      'says that the client is wrong, in a page of its own',
      (_, response) => response.writeHead(400).end('<b>invalid_client</b>'),
    ],
  ])('%s', async (_name, answer) => {
    const host = await listen(answer);
    await site.strapi.setGrant({ subdomain: host.origin });
    try {
      const { message } = await expectFound('host-uri', 'host-uri.not-cognito');
      expect(message).not.toMatch(/html|<b>|invalid/);
    } finally {
      await host.stop();
    }
  });

  test('redirects everything to another host, which is not called', async () => {
    const bystander = await listen((_, response) => response.end('{"error":"invalid_grant"}'));
    const host = await listen((request, response) =>
      response.writeHead(307, { location: bystander.origin + String(request.url) }).end(),
    );
    await site.strapi.setGrant({ subdomain: host.origin });
    try {
      await expectFound('host-uri', 'host-uri.not-cognito', { status: 307 });
      expect(bystander.requests).toEqual([]);
    } finally {
      await Promise.all([host.stop(), bystander.stop()]);
    }
  });

  test('the text of its error is not shown', async () => {
    const location = '/error?error=%3Cscript%3Eevil%3C/script%3E';
    site.pool.injectFault('authorize', { status: 302, headers: { location } });
    const { message } = await expectFound('callback-url', 'callback-url.refused');
    expect(message).toContain('an unknown error');
    expect(checker.answers.join('')).not.toContain('evil');
  });
});

describe('callback URL', () => {
  /** Runs `work` while other URLs are registered at the pool. */
  const withRegisteredUrls = async (urls: string[], work: () => Promise<unknown>) => {
    const { client } = site.pool;
    const before = client.callbackUrls;
    client.callbackUrls = urls;
    try {
      await work();
    } finally {
      client.callbackUrls = before;
    }
  };

  test('not registered, but with a slash at the end', () =>
    withRegisteredUrls([`${site.strapi.redirectUri}/`], async () => {
      const { message, remedy } = await expectFound('callback-url', 'callback-url.not-registered');
      expect(message).toContain('redirect_mismatch');
      expect(remedy).toContain(site.strapi.redirectUri);
      expect(await checker.codes('scopes', 'client')).toEqual([
        'skipped.callback-url',
        'client.good',
      ]);
    }));

  test('the scopes are refused before the URL is checked', () =>
    withRegisteredUrls([], async () => {
      site.pool.injectFault('authorize', ({ query }) =>
        query.get('scope') === 'openid'
          ? undefined
          : { status: 302, headers: { location: '/error?error=invalid_scope&client_id=x' } },
      );
      await expectFound('callback-url', 'callback-url.not-registered');
    }));

  test('an error redirected to it shows that it is registered', async () => {
    const location = `${site.strapi.redirectUri}?error=unauthorized_client`;
    site.pool.injectFault('authorize', { status: 302, headers: { location } });
    expect(await checker.codes('callback-url', 'scopes', 'client')).toEqual([
      'callback-url.good',
      'skipped.client',
      'client.code-grant-off',
    ]);
  });

  test('a pool that redirects to its identity provider accepts it', async () => {
    const location = 'https://idp.example.com/authorize?client_id=x';
    site.pool.injectFault('authorize', { status: 302, headers: { location } });
    await expectFound('callback-url', 'callback-url.good');
    expect(await calledHosts()).toEqual([poolHost()]);
  });
});

describe('scopes', () => {
  test('one that the client may not use is named', async () => {
    const { client } = site.pool;
    const before = client.scopes;
    client.scopes = ['openid', 'email'];
    try {
      await expectFound('scopes', 'scopes.not-allowed', { refused: 'profile' });
      expect(await checker.codes('callback-url')).toEqual(['callback-url.good']);
      client.scopes = ['email', 'profile'];
      await expectFound('scopes', 'scopes.not-allowed', { refused: 'openid' });
    } finally {
      client.scopes = before;
    }
  });

  test.each([
    ['/error?error=invalid_scope&client_id=x', 'skipped.scopes'],
    ['CALLBACK?error=invalid_request&error_description=invalid_scope', 'callback-url.good'],
  ])('Cognito reports it by %s', async (form, callbackUrl) => {
    const location = form.replace('CALLBACK', site.strapi.redirectUri);
    site.pool.injectFault('authorize', { status: 302, headers: { location } });
    await expectFound('scopes', 'scopes.not-allowed', { refused: 'openid' });
    expect(await checker.codes('callback-url')).toEqual([callbackUrl]);
  });

  test('without email', () =>
    withConfig(site, { connection: { scope: ['openid', 'profile'] } }, () =>
      expectFound('scopes', 'scopes.no-email'),
    ));
});

describe('app client', () => {
  const depending: CheckId[] = ['callback-url', 'scopes', 'issuer'];

  test('no client ID', async () => {
    await site.strapi.setGrant({ key: '' });
    await expectFound('client', 'client.id-missing');
    const skipped = depending.map(() => 'skipped.client');
    expect(await checker.codes('host-uri', ...depending)).toEqual(['host-uri.good', ...skipped]);
  });

  test('a client ID of another pool', async () => {
    await site.strapi.setGrant({ key: other.client.clientId });
    await expectFound('client', 'client.unknown-id');
    expect(await checker.codes('callback-url', 'scopes')).toEqual([
      'skipped.client',
      'skipped.client',
    ]);
  });

  test('a client ID that is refused without a page', async () => {
    await site.strapi.setGrant({ key: 'no-client' });
    site.pool.injectFault('authorize', { status: 400 });
    await expectFound('client', 'client.unknown-id');
  });

  test('a wrong secret', async () => {
    await site.strapi.setGrant({ secret: 'wrong' });
    await expectFound('client', 'client.secret-wrong');
    expect(await checker.codes('callback-url')).toEqual(['callback-url.good']);
  });

  test('a wrong secret, and a callback URL that is not registered: both are found', async () => {
    await site.strapi.setGrant({ secret: 'wrong' });
    const location = '/error?error=redirect_mismatch&client_id=x';
    site.pool.injectFault('authorize', { status: 302, headers: { location } });
    expect(await checker.codes('callback-url', 'client')).toEqual([
      'callback-url.not-registered',
      'client.secret-wrong',
    ]);
  });

  test('no secret for a confidential client', async () => {
    await site.strapi.setGrant({ secret: '' });
    await expectFound('client', 'client.secret-missing');
  });

  test('a public client: with a secret, and without', async () => {
    const { clientId: key } = site.pool.addClient({ callbackUrls: [site.strapi.redirectUri] });
    await site.strapi.setGrant({ key });
    await expectFound('client', 'client.secret-superfluous');
    await site.strapi.setGrant({ secret: '' });
    await expectFound('client', 'client.good-public');
  });

  test('the code grant is off', async () => {
    const { client } = site.pool;
    const before = client.flows;
    client.flows = ['refresh'];
    try {
      await expectFound('client', 'client.code-grant-off');
    } finally {
      client.flows = before;
    }
  });

  test.each([
    [{ status: 503 }, 'client.no-answer', 'HTTP 503'],
    [{ hang: true }, 'client.no-answer', 'timeout'],
    [{ stall: true }, 'client.no-answer', 'timeout'],
    [{ reset: true }, 'client.no-answer', 'ECONNRESET'],
  ])('a token endpoint with %j', async (fault, code, problem) => {
    site.pool.injectFault('token', fault);
    await withConfig(site, { http: { timeout: 400 } }, async () => {
      await expectFound('client', code, { problem });
      expect(await checker.codes('host-uri')).toEqual(['host-uri.good']);
    });
  });

  test.each([
    [{ error: 'invalid_request', secret: 'x' }, 'client.refused', 'invalid_request'],
    [{ error: '<script>' }, 'client.refused', 'an unknown error'],
  ])('a token endpoint that says %j', async (body, code, error) => {
    site.pool.injectFault('token', { status: 400, body });
    await expectFound('client', code, { error });
  });

  test('a redirect mismatch at the token endpoint is reported by the callback URL', async () => {
    const body = { error: 'unauthorized_client', error_description: 'invalid_redirect' };
    site.pool.injectFault('token', { status: 400, body });
    await expectFound('client', 'skipped.callback-url');
  });

  test('the code is invented each time, and no secret is in a URL', async () => {
    await checker.all();
    await checker.all();
    const tokens = site.pool.requests.filter(({ path }) => path === '/oauth2/token');
    expect(new Set(tokens.map(({ form }) => form.get('code'))).size).toBe(2);
    expect(tokens.map(({ query }) => query.toString())).toEqual(['', '']);
  });
});

describe('user pool', () => {
  const pool = 'us-east-1_AbCdEfGhI';

  test('of another region than the Host URI', () =>
    withConfig(
      site,
      { connection: { domain: 'app.auth.eu-west-1.amazoncognito.com', userPoolId: pool } },
      async () => {
        await expectFound('issuer', 'issuer.other-region', {
          region: 'us-east-1',
          hostRegion: 'eu-west-1',
        });
        expect(await checker.codes('jwks')).toEqual(['skipped.issuer']);
      },
    ));

  test('not the one of the Host URI', async () => {
    await site.strapi.setGrant({ jwksurl: other.jwksUrl });
    await expectFound('issuer', 'issuer.other-pool', { domain: new URL(other.origin).host });
  });

  test('a pool id with keys at a URL of another form', () => {
    const jwksUrl = 'https://keys.example.com/jwks';
    return withConfig(site, { connection: { userPoolId: pool, jwksUrl } }, async () => {
      await expectFound('issuer', 'issuer.good');
      await expectFound('jwks', 'jwks.unreachable', { url: jwksUrl });
    });
  });

  test('an invalid JWKS URL', async () => {
    await site.strapi.setGrant({ jwksurl: `${site.pool.origin}/keys` });
    await expectFound('issuer', 'issuer.malformed');
    expect(await checker.codes('jwks', 'client')).toEqual(['skipped.issuer', 'client.good']);
  });

  test.each([
    ['has another domain', {}],
    ['is gone', { status: 404 }],
  ])('the detected one %s', async (_name, fault) => {
    await forgetIssuers({ [site.pool.origin]: other.origin });
    if ('status' in fault) other.injectFault('discovery', fault);
    try {
      await expectFound('issuer', 'issuer.moved', { issuer: other.origin });
      expect(await checker.codes('jwks')).toEqual(['skipped.issuer']);
    } finally {
      await forgetIssuers();
    }
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const shortJwk = publicJwk({ kid: 'short', ...short });

  test.each<[object, string]>([
    [{ body: { keys: [{ ...ec, kid: 'ec', alg: 'ES256', use: 'sig' }] } }, 'jwks.no-keys'],
    [{ body: { keys: [shortJwk] } }, 'jwks.no-keys'],
    [{ body: { keys: [{ ...shortJwk, n: 5 }] } }, 'jwks.no-keys'],
    [{ body: { keys: [] } }, 'jwks.no-keys'],
    [{ garbage: true }, 'jwks.no-keys'],
    [{ body: 'x'.repeat(300 * 1024) }, 'jwks.no-keys'],
    [{ status: 404 }, 'jwks.no-pool'],
    [{ status: 302, headers: { location: 'http://localhost:1/' } }, 'jwks.no-pool'],
    [{ status: 500 }, 'jwks.unreachable'],
    [{ reset: true }, 'jwks.unreachable'],
    [{ hang: true }, 'jwks.unreachable'],
  ])('keys, case %#', async (fault, code) => {
    await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
    site.pool.injectFault('jwks', fault);
    await withConfig(site, { http: { timeout: 400 } }, () => expectFound('jwks', code));
    expect(await calledHosts()).toEqual([poolHost()]);
  });

  describe('a public Strapi', () => {
    const region = 'us-east-1';
    const issuer = `cognito-idp.${region}.amazonaws.com`;
    const host = `shop.auth.${region}.amazoncognito.com`;

    /** The result of a check while names resolve to these addresses. */
    async function ask(addresses: Record<string, string>, id: CheckId) {
      await site.strapi.run((_strapi, arg: Record<string, string>) => {
        Object.assign(Reflect.get(globalThis, 'places') as object, arg);
      }, addresses);
      const connection = { userPoolId: pool, domain: host };
      return withSetting('server.url', 'https://strapi.example.com', () =>
        withConfig(site, { connection }, () => checker.one(id)),
      );
    }

    test('calls no Host URI in a private network', async () => {
      for (const address of ['10.0.0.7', '127.0.0.1', '169.254.169.254']) {
        const found = await ask({ [host]: address }, 'host-uri');
        expect(found).toMatchObject({ code: 'host-uri.private-address', values: { host } });
      }
      expect(await calledHosts()).not.toContain(host);
      expect(await ask({ [host]: '52.94.5.7' }, 'host-uri')).toMatchObject({
        code: 'host-uri.unresolvable',
      });
      expect(await calledHosts()).toContain(host);
    });

    test('fetches no keys in a private network', async () => {
      const places = { [host]: '52.94.5.7', [issuer]: '10.0.0.7' };
      expect(await ask(places, 'jwks')).toMatchObject({
        code: 'jwks.private-address',
        outcome: 'warn',
      });
      expect(await calledHosts()).toEqual([host]);
      expect(await ask({ [issuer]: '52.94.5.7' }, 'jwks')).toMatchObject({
        code: 'jwks.unreachable',
        values: { problem: 'ENOTFOUND' },
      });
      expect(await calledHosts()).toContain(issuer);
    });

    test('fetches none from a private address that an admin has entered', async () => {
      for (const address of ['10.0.0.5', '[fd00::1]', '[::ffff:10.0.0.5]']) {
        await site.strapi.setGrant({ jwksurl: `https://${address}/.well-known/jwks.json` });
        const found = await withSetting('server.url', 'https://strapi.example.com', () =>
          withConfig(site, { connection: { domain: host } }, () => checker.one('jwks')),
        );
        expect(found.code).toBe('jwks.private-address');
      }
      expect(await calledHosts()).toEqual([host]);
    });
  });
});

describe('clock', () => {
  test.each([
    [60, 'clock.behind', 'fail'],
    [-60, 'clock.ahead', 'warn'],
  ])('Cognito is %d seconds ahead', async (seconds, code, outcome) => {
    site.pool.advanceClock(seconds);
    const result = await expectFound('clock', code, { tolerance: 5 });
    expect(result.outcome).toBe(outcome);
    expect(Math.abs(Number(result.values.seconds) - 60)).toBeLessThanOrEqual(2);
    await withConfig(site, { tokens: { clockTolerance: 90 } }, () =>
      expectFound('clock', 'clock.good'),
    );
  });

  test('a response without a time', async () => {
    const headers = { age: '30' };
    site.pool.injectFault('authorize', { headers });
    site.pool.injectFault('token', { headers });
    await expectFound('clock', 'clock.unknown');
  });
});

describe('front-end', () => {
  const publicUrl = 'https://strapi.example.com';

  test.each([
    ['', 'front-end.missing', 'fail'],
    ['www.example.com/login', 'front-end.unusable', 'fail'],
    ['javascript:alert(1)', 'front-end.unusable', 'fail'],
    ['https://www.example.com/?error=1', 'front-end.reserved-parameter', 'fail'],
    ['http://www.example.com/login', 'front-end.not-https', 'fail'],
    ['http://localhost:3000/login', 'front-end.localhost', 'warn'],
    [`${publicUrl}/api/connect/cognito/callback`, 'front-end.loop', 'fail'],
    ['/api/connect/cognito/callback', 'front-end.loop', 'fail'],
    [`${publicUrl}/api/connect/cognito/`, 'front-end.loop', 'fail'],
    [`${publicUrl}/api/auth/cognito/callback`, 'front-end.strapi-itself', 'warn'],
    ['https://www.example.com/login', 'front-end.good', 'pass'],
    ['com.example.app://login', 'front-end.good', 'pass'],
  ])('%j is %s', async (callback, code, outcome) => {
    await site.strapi.setGrant({ callback });
    await withSetting('server.url', publicUrl, async () => {
      expect(await expectFound('front-end', code)).toMatchObject({ outcome });
    });
    expect((await calledHosts()).includes('www.example.com')).toBe(false);
  });

  test('callback.validate of users-permissions refuses it', async () => {
    const set = (refuse: boolean) =>
      site.strapi.run((strapi, no: boolean) => {
        const path = 'plugin.users-permissions.callback';
        const kept = globalThis as unknown as { kept?: unknown };
        kept.kept ??= strapi.config.get(path);
        const validate = () => {
          throw new Error('Not here.');
        };
        strapi.config.set(path, no ? { validate } : kept.kept);
      }, refuse);
    await set(true);
    try {
      await expectFound('front-end', 'front-end.not-validated', { url: FRONT_END });
    } finally {
      await set(false);
    }
  });
});

describe('accounts', () => {
  test.each(['callback', 'connect'])('a visitor may not use %s', async (name) => {
    const removed = await site.strapi.run(async (strapi, action: string) => {
      const permissions = strapi.db.query('plugin::users-permissions.permission');
      const where = { action, role: { type: 'public' } };
      const row = (await permissions.findOne({ where, populate: ['role'] })) as {
        id: number;
        role: { id: number };
      };
      await permissions.delete({ where: { id: row.id } });
      return { action, role: row.role.id };
    }, `plugin::users-permissions.auth.${name}`);
    try {
      await expectFound('permissions', 'permissions.missing', { actions: name });
    } finally {
      await site.strapi.run(
        (strapi, data: object) =>
          strapi.db.query('plugin::users-permissions.permission').create({ data }),
        removed,
      );
    }
    await expectFound('permissions', 'permissions.good');
  });

  test.each([
    [{ allow_register: false }, 'registration.off', 'warn'],
    [{ default_role: 'nobody' }, 'registration.no-role', 'fail'],
    [{ unique_email: false }, 'registration.emails-shared', 'warn'],
  ])('%j is %s', async (settings, code, outcome) => {
    await site.strapi.advanced(settings);
    try {
      expect(await expectFound('registration', code)).toMatchObject({ outcome });
    } finally {
      await site.strapi.advanced({
        allow_register: true,
        default_role: 'authenticated',
        unique_email: true,
      });
    }
  });

  test('roles', async () => {
    await withConfig(site, { users: { roles: { a: 'authenticated', b: 'gone' } } }, () =>
      expectFound('roles', 'roles.missing', { roles: 'gone' }),
    );
    await withConfig(site, { users: { roles: { a: 'authenticated' } } }, () =>
      expectFound('roles', 'roles.good'),
    );
  });

  test('users without a role', async () => {
    const { id } = await createUser(site, { provider: 'cognito', role: null });
    await createUser(site, { provider: 'local', role: null });
    await expectFound('roles', 'roles.users-without', { count: 1 });
    await updateUser(site, id, { provider: 'local' });
    await expectFound('roles', 'roles.none');
  });

  test.each([
    [{ given_name: 'username2' }, 'attributes.missing', 'username2'],
    [{ a: 'resetPasswordToken', b: 'role' }, 'attributes.unusable', 'resetPasswordToken, role'],
  ])('attributes %j', (attributes, code, fields) =>
    withConfig(site, { users: { attributes } }, () => expectFound('attributes', code, { fields })),
  );

  test("the front-end gets Cognito's tokens", () =>
    withConfig(site, { handoff: { mode: 'tokens' } }, () =>
      expectFound('handoff', 'handoff.tokens'),
    ));
});

test('a check that throws fails, is logged, and does not affect others', async () => {
  await site.strapi.run((strapi) => {
    const { contentType } = strapi as unknown as { contentType: unknown };
    Reflect.set(globalThis, 'contentType', contentType);
    Reflect.set(strapi, 'contentType', () => {
      throw new Error('broken on purpose');
    });
  });
  try {
    await withConfig(site, { users: { attributes: { a: 'b' } } }, () =>
      expectFound('attributes', 'failed'),
    );
  } finally {
    await site.strapi.run((strapi) => {
      Reflect.set(strapi, 'contentType', Reflect.get(globalThis, 'contentType'));
    });
  }
  expect(checker.answers.join('')).not.toContain('broken on purpose');
  expect((await site.strapi.allLogs()).join('\n')).toContain('broken on purpose');
});

test('the client secret is in no response of the tests above, and not in the log', async () => {
  const told = checker.answers.join('\n') + (await site.strapi.allLogs()).join('\n');
  expect(told).not.toContain(site.pool.client.clientSecret);
});
