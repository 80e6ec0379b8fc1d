import { join } from 'node:path';
import { Browser } from '../support/browser';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withClockAhead, withConfig } from '../support/fixtures';
import type { Claims } from '../support/pool';
import { type Answer, type Site, startSite } from '../support/site';
import { packageRoot, systemFields } from '../support/strapi';

let site: Site;

beforeAll(async () => {
  const bootstrap = join(packageRoot, 'dist/server/lifecycle.js');
  const code = `module.exports = { bootstrap() {
    globalThis.sweep = require(${JSON.stringify(bootstrap)}).sweep;
  } };`;
  site = await startSite({ files: { 'src/index.js': code } });
  // From here on the issuer is known, so that tokens from clients are accepted.
  await site.loginAs('ann');
});

afterEach(() => {
  site.pool.clearChanges();
  site.pool.forgetRequests();
});

/** Both methods of the endpoint. */
const ways: [string, (parameters: Record<string, string>) => Promise<Answer>][] = [
  ['GET', (parameters) => site.exchange(parameters)],
  ['POST', (parameters) => site.exchangeByPost(parameters)],
];

/** A GET with a raw query. */
async function get(query: string): Promise<Answer> {
  const { status, headers, body } = await new Browser().get(`${site.exchangeUrl}?${query}`);
  const answer = JSON.parse(body) as Answer['body'];
  return { status, headers: new Headers(headers as Record<string, string>), body: answer };
}

/**
 * Holds requests that have read a one-time code until all have read it, before the first one deletes it: as on a
 * database that does not return deleted rows.
 */
async function holdCodeReads(requests: number): Promise<() => Promise<void>> {
  await site.strapi.run((strapi, expected) => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let there = 0;
    const { lifecycles } = strapi.db as unknown as {
      lifecycles: { subscribe(subscriber: object): () => void };
    };
    const unsubscribe = lifecycles.subscribe({
      models: ['plugin::cognito.one-time-code'],
      afterFindOne: () => {
        there += 1;
        if (there === expected) open();
        return gate;
      },
    });
    const { dialect } = strapi.db as unknown as { dialect: { useReturning(): boolean } };
    dialect.useReturning = () => false;
    const end = () => {
      Reflect.deleteProperty(dialect, 'useReturning');
      unsubscribe();
      return there;
    };
    Object.assign(globalThis, { end });
  }, requests);
  return async () => {
    const there = await site.strapi.run(() => (globalThis as { end?: () => number }).end?.());
    expect(there).toBe(requests);
  };
}

describe.each(ways)('a one-time code by %s', (_, exchange) => {
  test('returns a JWT that Strapi accepts, and the user', async () => {
    const answer = await exchange({ access_token: await site.code('ann') });
    const { jwt, user } = expectLoggedIn(answer);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await site.me(jwt)).toMatchObject({
      status: 200,
      body: { id: user.id, email: 'ann@example.com' },
    });
  });

  test('works once', async () => {
    const code = await site.code('ann');
    expectLoggedIn(await exchange({ access_token: code }));
    expectRefusal(await exchange({ access_token: code }), 'login_expired');
  });

  test.each([
    ['works for one', () => Promise.resolve(() => Promise.resolve())],
    ['and read by all before one deletes it, works for one', () => holdCodeReads(50)],
  ])('sent fifty times at the same time %s', async (_, begin) => {
    const code = await site.code('ann');
    const end = await begin();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => exchange({ access_token: code })),
    ).finally(end);
    const [good, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).toEqual([]);
    expectLoggedIn(good!);
    const others = answers.filter((answer) => answer !== good);
    expect(others).toHaveLength(49);
    others.forEach((answer) => expectRefusal(answer, 'login_expired'));
  });

  test('expires after handoff.ttl', async () => {
    const code = await site.code('ann');
    await withClockAhead(site, 61, async () => {
      expectRefusal(await exchange({ access_token: code }), 'login_expired');
    });
    expectLoggedIn(await exchange({ access_token: code }));
    const short = await withConfig(site, { handoff: { ttl: 5 } }, () => site.code('ann'));
    await withClockAhead(site, 6, async () => {
      expectRefusal(await exchange({ access_token: short }), 'login_expired');
    });
  });

  test.each(['x', 'A'.repeat(43), 'A'.repeat(5_000), ' ', '%00', 'null', '{}', '‮'])(
    'that is invented (%j) is invalid',
    async (code) => {
      expectRefusal(await exchange({ access_token: code }), 'login_expired');
    },
  );

  test('is still valid while Cognito is down', async () => {
    const code = await site.code('nia');
    for (const endpoint of ['token', 'jwks', 'userInfo'] as const) {
      site.pool.injectFault(endpoint, { reset: true });
    }
    expectLoggedIn(await exchange({ access_token: code }));
  });
});

test('a one-time code can be exchanged by code of the site, within its own transaction', async () => {
  const access_token = await site.code('nia');
  const use = () =>
    site.strapi.run(
      async (strapi, query) => {
        const providers = strapi.plugin('users-permissions').service('providers');
        const db = strapi.db as unknown as {
          transaction(work: () => Promise<unknown>): Promise<{ email: string }>;
        };
        const connect = () => providers.connect?.('cognito', query) as Promise<unknown>;
        return (await db.transaction(connect)).email;
      },
      { access_token },
    );
  expect(await use()).toBe('nia@example.com');
  await expect(use()).rejects.toThrow('no longer valid');
});

describe('the row of a one-time code', () => {
  const rows = () => site.rows('one-time-code');

  beforeEach(() =>
    site.strapi.run((strapi) => strapi.db.query('plugin::cognito.one-time-code').deleteMany({})),
  );

  test('reveals neither the code nor the identity', async () => {
    const code = await site.code('ann');
    const [row, ...more] = await rows();
    expect(more).toEqual([]);
    const stored = Object.values(row!).map(String);
    const readable = stored.flatMap((text) => [
      text,
      Buffer.from(text, 'base64url').toString('latin1'),
      Buffer.from(text, 'hex').toString('latin1'),
    ]);
    const { sub } = site.pool.user('ann');
    for (const secret of [code, 'ann', 'example.com', sub, site.pool.issuer, 'claims', 'eyJ']) {
      expect(readable.filter((text) => text.includes(secret))).toEqual([]);
    }
    expect(stored.join()).not.toContain(Buffer.from(code, 'base64url').toString('hex'));
    expectLoggedIn(await site.exchange({ access_token: code }));
    expect(await rows()).toEqual([]);
  });

  test('and moved to another row, does not become that row’s', async () => {
    const [ann, nia] = [await site.code('ann'), await site.code('nia')];
    await site.strapi.run(async (strapi) => {
      const codes = strapi.db.query('plugin::cognito.one-time-code');
      const [first, second] = await codes.findMany({ orderBy: 'id' });
      await codes.update({ where: { id: first?.id }, data: { sealed: second?.sealed } });
    });
    expectRefusal(await site.exchange({ access_token: ann }), 'login_expired');
    expectLoggedIn(await site.exchange({ access_token: nia }));
  });

  test('is deleted when it is expired', async () => {
    await site.code('ann');
    const sweep = () =>
      site.strapi.run((strapi) =>
        (globalThis as unknown as { sweep: (strapi: unknown) => Promise<void> }).sweep(strapi),
      );
    await sweep();
    expect(await rows()).toHaveLength(1);
    await withClockAhead(site, 61, sweep);
    expect(await rows()).toEqual([]);
  });
});

describe.each(ways)('an id_token by %s', (_, exchange) => {
  test('returns a JWT', async () => {
    const { id_token } = site.pool.tokensFor('ann');
    const answer = await exchange({ id_token });
    const { jwt, user } = expectLoggedIn(answer);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await site.me(jwt)).body).toMatchObject({ id: user.id, email: 'ann@example.com' });
    expect(site.pool.count('/oauth2/userInfo')).toBe(0);
  });

  test.each(['garbage', 'a.b.c', 'A'.repeat(43)])(
    'has priority over an access_token, which is ignored (%j)',
    async (access_token) => {
      const { id_token } = site.pool.tokensFor('ann', { nonce: 'of the client' });
      expectLoggedIn(await exchange({ id_token, access_token }));
    },
  );

  test('has priority over a one-time code, which stays valid', async () => {
    const code = await site.code('nia');
    const { id_token } = site.pool.tokensFor('ann');
    const { user } = expectLoggedIn(await exchange({ id_token, access_token: code }));
    expect(user).toMatchObject({ email: 'ann@example.com' });
    const { user: nia } = expectLoggedIn(await exchange({ access_token: code }));
    expect(nia).toMatchObject({ email: 'nia@example.com' });
  });

  test('that is invalid is refused even with a valid access_token', async () => {
    const { access_token } = site.pool.tokensFor('ann');
    expectRefusal(await exchange({ id_token: 'a.b.c', access_token }), 'token_malformed');
  });

  test('may not be an access token', async () => {
    const { access_token } = site.pool.tokensFor('ann');
    expectRefusal(await exchange({ id_token: access_token }), 'token_use');
  });
});

describe.each(ways)('a Cognito access token by %s', (_, exchange) => {
  const signed = (change: Record<string, unknown>) =>
    site.pool.sign({ claims: { ...site.pool.accessClaims('ann'), ...change }, key: 'access' });

  test('returns a JWT for the user of userInfo', async () => {
    const { access_token } = site.pool.tokensFor('ann');
    const { user } = expectLoggedIn(await exchange({ access_token }));
    expect(user).toMatchObject({ email: 'ann@example.com', username: 'ann' });
    expect(site.pool.count('/oauth2/userInfo')).toBe(1);
    const [request] = site.pool.requests.filter(({ path }) => path === '/oauth2/userInfo');
    expect(request?.headers.authorization).toBe(`Bearer ${access_token}`);
  });

  test('may not be an id_token', async () => {
    const { id_token } = site.pool.tokensFor('ann');
    expectRefusal(await exchange({ access_token: id_token }), 'token_use');
    expect(site.pool.count('/oauth2/userInfo')).toBe(0);
  });

  test.each([
    ['another sub', { sub: 'somebody-else' }],
    ['no sub', { sub: undefined }],
    ['a sub that is a list', { sub: ['x'] }],
  ])('is refused if userInfo has %s', async (_what, change) => {
    site.pool.changeUserInfo((body) => ({ ...body, ...change }));
    const { access_token } = site.pool.tokensFor('ann');
    const answer = await exchange({ access_token });
    expectRefusal(answer, 'cognito_unavailable');
  });

  test('is refused if userInfo has no email', async () => {
    site.pool.changeUserInfo((body) => ({ ...body, email: undefined }));
    const { access_token } = site.pool.tokensFor('ann');
    expectRefusal(await exchange({ access_token }), 'email_missing');
  });

  test('is refused if Cognito says that it is revoked', async () => {
    site.pool.injectFault('userInfo', { status: 401, body: { error: 'invalid_token' } });
    const { access_token } = site.pool.tokensFor('ann');
    expectRefusal(await exchange({ access_token }), 'cognito_refused');
  });

  test.each([
    ['of another client', 'token_audience', { client_id: 'another' }],
    ['of a list of clients', 'token_audience', { client_id: ['another'] }],
    ['with aud in place of client_id', 'token_audience', { client_id: undefined, aud: 'x' }],
    ['without a token_use', 'token_use', { token_use: undefined }],
    ['of another pool', 'token_issuer', { iss: 'http://localhost:1' }],
    ['that has expired', 'token_expired', { exp: 1 }],
    ['that never expires', 'token_malformed', { exp: undefined }],
    ['of tomorrow', 'token_not_yet_valid', { iat: Math.floor(Date.now() / 1000) + 86_400 }],
    ['without a sub', 'token_malformed', { sub: undefined }],
  ] as const)('%s is refused, %s, and sent nowhere', async (_what, code, change) => {
    expectRefusal(await exchange({ access_token: signed(change) }), code);
    expect(site.pool.count('/oauth2/userInfo')).toBe(0);
  });

  test('that is forged is refused', async () => {
    const claims = site.pool.accessClaims('ann');
    const access_token = site.pool.sign({ claims, key: 'foreign' });
    expectRefusal(await exchange({ access_token }), 'token_signature');
    const none = site.pool.sign({ claims, alg: 'none' });
    expectRefusal(await exchange({ access_token: none }), 'token_signature');
    expect(site.pool.count('/oauth2/userInfo')).toBe(0);
  });
});

describe('tokens of another app client of the pool', () => {
  test.each(ways)('are refused by %s unless it is an additional one', async (_, exchange) => {
    const client = site.pool.addClient();
    const { id_token, access_token } = site.pool.tokensFor('ann', { client });
    expectRefusal(await exchange({ id_token }), 'token_audience');
    expectRefusal(await exchange({ access_token }), 'token_audience');
    const config = { tokens: { additionalClientIds: ['x', client.clientId] } };
    await withConfig(site, config, async () => {
      const { user } = expectLoggedIn(await exchange({ id_token }));
      expect(expectLoggedIn(await exchange({ access_token })).user.id).toBe(user.id);
      const own = site.pool.tokensFor('ann');
      expect(expectLoggedIn(await exchange({ id_token: own.id_token })).user.id).toBe(user.id);
    });
  });

  test('do not complete a login in the browser, additional or not', async () => {
    const client = site.pool.addClient();
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, aud: client.clientId } }));
    const config = { tokens: { additionalClientIds: [client.clientId] } };
    await withConfig(site, config, async () => {
      expect((await site.login('ann')).get('error')).toBe('token_audience');
    });
  });
});

describe.each(ways)('with tokens.exchange off, by %s,', (_, exchange) => {
  test('tokens are refused and one-time codes are valid', async () => {
    await withConfig(site, { tokens: { exchange: false } }, async () => {
      const { id_token, access_token } = site.pool.tokensFor('ann');
      expectRefusal(await exchange({ id_token }), 'invalid_request');
      expectRefusal(await exchange({ access_token }), 'invalid_request');
      expectRefusal(await exchange({ id_token: 'a.b.c' }), 'invalid_request');
      expectLoggedIn(await exchange({ access_token: await site.code('ann') }));
      expect(site.pool.count('/oauth2/userInfo')).toBe(0);
    });
  });
});

describe('invalid parameters', () => {
  test.each([
    '',
    'access_token=',
    'id_token=',
    'access_token=&id_token=',
    'access_token=a&access_token=b',
    'access_token[]=a',
    'access_token[a]=b',
    'id_token=a.b.c&id_token=d.e.f',
    'id_token=a.b.c&access_token=x&access_token=y',
    'id_token[$ne]=x',
    'code=x',
    'oauth_token=x',
    'Access_Token=x',
    'error=a&error=b',
  ])('by GET ?%s', async (query) => {
    expectRefusal(await get(query), 'invalid_request');
  });

  test.each([
    {},
    [],
    { access_token: '' },
    { access_token: null },
    { access_token: 7 },
    { access_token: true },
    { access_token: ['a'] },
    { access_token: { $ne: '' } },
    { id_token: ['a.b.c'] },
    { id_token: { a: 'b' } },
    { id_token: 'a.b.c', access_token: 7 },
    { code: 'x' },
    { other: 'x' },
    [{ access_token: 'x' }],
  ])('by POST %j', async (body) => {
    expectRefusal(await site.exchangeByPost(body), 'invalid_request');
  });

  test('by POST in the URL: only its body counts, and the URL is not logged', async () => {
    const code = await site.code('ann');
    await site.strapi.forgetLogs();
    const response = await fetch(`${site.exchangeUrl}?access_token=${code}`, { method: 'POST' });
    const body = (await response.json()) as Answer['body'];
    expectRefusal({ status: response.status, body }, 'invalid_request');
    expect((await site.strapi.allLogs()).join('\n')).not.toContain(code);
    expectLoggedIn(await site.exchange({ access_token: code }));
  });

  test('by GET in a body: only the query counts', async () => {
    const code = await site.code('ann');
    const response = await new Browser().request(site.exchangeUrl, {
      method: 'GET',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: code }),
    });
    expect(response.status).toBe(400);
    expectLoggedIn(await site.exchange({ access_token: code }));
  });

  test('by POST of a form are read like JSON', async () => {
    const body = new URLSearchParams({ access_token: await site.code('ann') });
    const response = await fetch(site.exchangeUrl, { method: 'POST', body });
    expect(response.status).toBe(200);
    const twice = new URLSearchParams([
      ['access_token', 'a'],
      ['access_token', 'b'],
    ]);
    expect((await fetch(site.exchangeUrl, { method: 'POST', body: twice })).status).toBe(400);
  });
});

describe('the user', () => {
  test.each(ways)('is returned by %s as users-permissions does', async (_, exchange) => {
    await site.strapi.run(async (strapi) => {
      await strapi.db.query('plugin::users-permissions.user').update({
        where: { email: 'ann@example.com' },
        data: { password: 'a-hash', resetPasswordToken: 'a-token', confirmationToken: 'another' },
      });
    });
    const answer = await exchange({ access_token: await site.code('ann') });
    const { user } = expectLoggedIn(answer);
    expect(
      Object.keys(user)
        .filter((field) => !systemFields.includes(field))
        .sort(),
    ).toEqual([
      'blocked',
      'confirmed',
      'createdAt',
      'email',
      'id',
      'provider',
      'updatedAt',
      'username',
    ]);
    expect(JSON.stringify(answer.body)).not.toMatch(/a-hash|a-token|another/);
  });

  test.each(ways)('who is blocked is refused by %s with all credentials', async (_, exchange) => {
    const block = (blocked: boolean) =>
      site.strapi.run(async (strapi, arg: boolean) => {
        const where = { email: 'ann@example.com' };
        const data = { blocked: arg };
        await strapi.db.query('plugin::users-permissions.user').update({ where, data });
      }, blocked);
    await block(true);
    try {
      const { id_token, access_token } = site.pool.tokensFor('ann');
      const code = await site.code('ann');
      expectRefusal(await exchange({ access_token: code }), 'user_blocked');
      expectRefusal(await exchange({ id_token }), 'user_blocked');
      expectRefusal(await exchange({ access_token }), 'user_blocked');
    } finally {
      await block(false);
    }
    expectLoggedIn(await exchange({ access_token: await site.code('ann') }));
  });
});

describe('without the permission auth.callback of the public role', () => {
  const action = 'plugin::users-permissions.auth.callback';

  beforeAll(() =>
    site.strapi.run(async (strapi, name) => {
      const permissions = strapi.db.query('plugin::users-permissions.permission');
      const granted = await permissions.findMany({
        where: { action: name, role: { type: 'public' } },
      });
      if (granted.length !== 1) throw new Error('the permission is not granted');
      await permissions.delete({ where: { id: granted[0]?.id } });
    }, action),
  );

  afterAll(() =>
    site.strapi.run(async (strapi, name) => {
      const role = await strapi.db
        .query('plugin::users-permissions.role')
        .findOne({ where: { type: 'public' } });
      await strapi.db
        .query('plugin::users-permissions.permission')
        .create({ data: { action: name, role: role?.id } });
    }, action),
  );

  test.each(ways)('no user can log in by %s', async (_, exchange) => {
    const code = await site.code('ann');
    const { id_token } = site.pool.tokensFor('ann');
    for (const parameters of [{ access_token: code }, { id_token }] as Record<string, string>[]) {
      const { status, body } = await exchange(parameters);
      expect({ status, name: body.error?.name }).toEqual({ status: 403, name: 'ForbiddenError' });
      expect(body.jwt).toBeUndefined();
    }
  });

  test('the credentials are not logged either', async () => {
    const code = await site.code('ann');
    await site.strapi.forgetLogs();
    await site.exchange({ access_token: code });
    const logs = (await site.strapi.allLogs()).join('\n');
    expect(logs).toContain('/api/auth/cognito/callback');
    expect(logs).not.toContain(code);
  });
});

describe('code of the site that calls users-permissions itself', () => {
  test('gets the user from providers.connect, as without the plugin', async () => {
    const code = await site.code('ann');
    const user = await site.strapi.run(async (strapi, access_token) => {
      const providers = strapi.plugin('users-permissions').service('providers');
      return (await providers.connect?.('cognito', { access_token })) as Record<string, unknown>;
    }, code);
    expect(user).toMatchObject({ email: 'ann@example.com', provider: 'cognito' });
    const again = site.strapi.run((strapi, access_token) => {
      const providers = strapi.plugin('users-permissions').service('providers');
      return providers.connect?.('cognito', { access_token });
    }, code);
    await expect(again).rejects.toMatchObject({ details: { code: 'login_expired' } });
  });

  test('gets a profile from providers-registry that the plugin has verified, not the built-in provider', async () => {
    const run = (claims: Claims) =>
      site.strapi.run(
        (strapi, { id_token, jwksurl }) => {
          const registry = strapi.plugin('users-permissions').service('providers-registry');
          const providers = { cognito: { jwksurl, subdomain: 'localhost:1' } };
          return registry.run?.({ provider: 'cognito', query: { id_token }, providers });
        },
        {
          id_token: site.pool.sign({ claims: { ...site.pool.idClaims('ann'), ...claims } }),
          jwksurl: site.pool.jwksUrl,
        },
      );
    expect(await run({})).toEqual({ username: 'ann', email: 'ann@example.com' });
    // The built-in provider of Strapi 4 accepts it.
    const refused = run({ aud: 'another-client' });
    await expect(refused).rejects.toMatchObject({ details: { code: 'token_audience' } });
  });
});
