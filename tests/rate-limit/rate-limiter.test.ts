import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { withConfig } from '../support/fixtures';
import { withQueries } from '../support/queries';
import {
  type Exchanged,
  FRONT_END,
  type Site,
  redirectParameters,
  startSite,
} from '../support/site';
import { issueJwt, addPoolUser, createUser } from '../support/users';

/** The redirect URI of an app. */
const APP = 'https://app.example/done';

let site: Site;

beforeAll(async () => {
  site = await startSite({
    usersPermissions: { ratelimit: { interval: 60_000, max: 10 } },
    cognito: { tokens: { redirectUris: [APP] } },
  });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  await site.strapi.trustProxy(true);
});

afterEach(() => site.pool.clearChanges());

let addresses = 0;
/** An address without requests so far. */
const newAddress = () => `198.51.${String((addresses += 1) >> 8)}.${String(addresses & 255)}`;

interface RateLimitResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Exchanged;
}

/** A request to a path that no URL parser has normalized. */
async function ask(
  from: string,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<RateLimitResponse> {
  const { hostname, port } = new URL(site.strapi.url);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const request = http.request({ hostname, port, method, path, agent: false }, resolve);
    const all = { 'x-forwarded-for': from, 'content-type': 'application/json', ...headers };
    for (const [name, value] of Object.entries(all)) request.setHeader(name, value);
    request.on('error', reject).end(text);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const answer = Buffer.concat(chunks).toString();
  const isJson = response.headers['content-type']?.startsWith('application/json');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: isJson ? (JSON.parse(answer) as Exchanged) : {},
  };
}

const EXCHANGE = '/api/auth/cognito/callback';
const CONNECT = '/api/connect/cognito';

const post = (from: string, body: unknown) => ask(from, 'POST', EXCHANGE, { body });
const randomCode = () => randomBytes(32).toString('base64url');
const getCodes = (answers: RateLimitResponse[]) =>
  answers.map(({ body }) => body.error?.details.code ?? 'none');

const secondsToWait = ({ headers }: RateLimitResponse) => Number(headers['retry-after']);

/** Sends an id_token with the clock this many seconds ahead. */
async function later(seconds: number, from: string, id_token: string): Promise<RateLimitResponse> {
  await site.strapi.run((_strapi, ms: number) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + ms;
    Object.assign(Date, { back: () => (Date.now = now) });
  }, seconds * 1000);
  const answer = await post(from, { id_token });
  await site.strapi.run(() => {
    (Date as unknown as { back: () => void }).back();
  });
  return answer;
}

/** Gets an address blocked, within {@link oneFailureAMinute}. */
async function block(from: string): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    if ((await post(from, { access_token: randomCode() })).status === 429) return;
  }
  throw new Error(`${from} is not blocked.`);
}

function oneFailureAMinute(): void {
  const set = (value: unknown) =>
    site.strapi.run((strapi, arg) => {
      strapi.config.set('plugin.cognito.rateLimit', arg);
    }, value);
  beforeAll(() => set({ failures: 1 }));
  afterAll(() => set({}));
}

/** A whole login of a user behind an address, up to the JWT. */
async function logIn(from: string, person: string): Promise<number> {
  const browser = new Browser();
  const headers = { 'x-forwarded-for': from };
  const { location = '' } = await browser.get(site.connectUrl, { headers });
  const back = await site.pool.authorize(location, person);
  const code = redirectParameters(await browser.get(back, { headers })).get('access_token');
  return (await post(from, { access_token: code })).status;
}

describe('an office behind one address', () => {
  test('logs in two hundred times within a minute', async () => {
    const from = newAddress();
    const names = Array.from({ length: 40 }, () => addPoolUser(site));
    for (let turn = 0; turn < 5; turn += 1) {
      const statuses = await Promise.all(names.map((name) => logIn(from, name)));
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
    }
  });

  test.each(['id_token', 'access_token'] as const)(
    'sends two hundred of %s at once, as the server of a front-end does',
    async (kind) => {
      const from = newAddress();
      const token = site.pool.tokensFor(addPoolUser(site))[kind];
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => post(from, { [kind]: token })),
      );
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    },
  );

  test('starts a thousand logins', async () => {
    const from = newAddress();
    for (let turn = 0; turn < 10; turn += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => ask(from, 'GET', CONNECT)),
      );
      expect(answers.filter(({ status }) => status !== 302)).toEqual([]);
    }
  });

  test('is not blocked for an outage of Cognito', async () => {
    const from = newAddress();
    const { access_token } = site.pool.tokensFor('nia');
    site.pool.injectFault('userInfo', { status: 503 });
    for (let turn = 0; turn < 60; turn += 1) {
      expectRefusal(await post(from, { access_token }), 'cognito_unavailable');
    }
    site.pool.clearChanges();
    expect((await post(from, { access_token })).status).toBe(200);
  });

  test('is not blocked for genuine users who are not allowed to log in', async () => {
    const from = newAddress();
    const { id_token } = site.pool.tokensFor('ben');
    for (let turn = 0; turn < 60; turn += 1) {
      expectRefusal(await post(from, { id_token }), 'email_not_verified');
    }
  });
});

describe('an address is blocked that', () => {
  const blocked = async (
    fail: (from: string) => Promise<RateLimitResponse>,
    code: string,
  ): Promise<void> => {
    const from = newAddress();
    const answers: RateLimitResponse[] = [];
    for (let turn = 0; turn < 40; turn += 1) answers.push(await fail(from));
    const of = (times: number, each: string) => Array<string>(times).fill(each);
    expect(getCodes(answers)).toEqual([...of(30, code), ...of(10, 'too_many_requests')]);
    const last = answers.pop()!;
    expectRefusal(last, 'too_many_requests');
    expect(secondsToWait(last)).toBeLessThanOrEqual(60);
  };

  test('guesses one-time codes, which are then no longer looked up', async () => {
    const { queries } = await withQueries(site.strapi, () =>
      blocked((from) => post(from, { access_token: randomCode() }), 'login_expired'),
    );
    expect(queries.filter((sql) => sql.includes('cognito_one_time_codes'))).toHaveLength(30);
  });

  test('guesses them by GET', async () => {
    await blocked(
      (from) => ask(from, 'GET', `${EXCHANGE}?access_token=${randomCode()}`),
      'login_expired',
    );
  });

  test('posts junk', () => blocked((from) => post(from, { id_token: 'a.b.c' }), 'token_malformed'));

  test('posts forged tokens', async () => {
    const id_token = site.pool.sign({ claims: site.pool.idClaims('nia'), key: 'foreign' });
    await blocked((from) => post(from, { id_token }), 'token_signature');
  });

  test('posts tokens of another app client', async () => {
    const claims = { ...site.pool.accessClaims('nia'), client_id: 'another' };
    const access_token = site.pool.sign({ claims, key: 'access' });
    await blocked((from) => post(from, { access_token }), 'token_audience');
  });

  test('sends invented codes, for which Cognito is called', async () => {
    site.pool.forgetRequests();
    await blocked(
      (from) => post(from, { code: randomCode(), code_verifier: randomCode(), redirect_uri: APP }),
      'cognito_refused',
    );
    expect(site.pool.count('/oauth2/token')).toBe(30);
  });

  test('calls back for logins that it never started', async () => {
    await blocked(async (from) => {
      const answer = await ask(from, 'GET', `${CONNECT}/callback?code=x&state=${randomCode()}`);
      expect(answer.status).toBe(302);
      const code = new URL(answer.headers.location ?? '').searchParams.get('error') ?? '';
      const status = code === 'too_many_requests' ? 429 : 400;
      const error = { status, name: 'x', message: 'x', details: { code } };
      return { ...answer, status, body: { data: null, error } };
    }, 'invalid_request');
  });

  test('opens the callback with errors that belong to no login', async () => {
    const from = newAddress();
    const errors: (string | null)[] = [];
    for (let turn = 0; turn < 32; turn += 1) {
      const { headers } = await ask(from, 'GET', `${CONNECT}/callback?error=access_denied`);
      errors.push(new URL(headers.location ?? '').searchParams.get('error'));
    }
    expect(errors.slice(0, 30)).toEqual(Array(30).fill('access_denied'));
    expect(errors.slice(30)).toEqual(['too_many_requests', 'too_many_requests']);
  });

  test('starts logins with callbacks that are not allowed', () =>
    blocked(
      (from) => ask(from, 'GET', `${CONNECT}?callback=https://evil.example`),
      'invalid_request',
    ));

  test('links with invalid credentials', async () => {
    const jwt = await issueJwt(site, await createUser(site));
    const headers = { authorization: `Bearer ${jwt}` };
    await blocked(
      (from) =>
        ask(from, 'POST', '/api/auth/cognito/link', {
          headers,
          body: { access_token: randomCode() },
        }),
      'login_expired',
    );
  });

  test('causes more than six hundred calls of Cognito a minute, with valid tokens', async () => {
    await withConfig(site, { rateLimit: { failures: 3 } }, async () => {
      const from = newAddress();
      const { access_token } = site.pool.tokensFor('nia');
      const answers: RateLimitResponse[] = [];
      for (let turn = 0; turn < 100; turn += 1) answers.push(await post(from, { access_token }));
      // Each takes one of sixty points, and reserves another while it is in flight.
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(59);
    });
  });
});

describe('while an address is blocked', () => {
  oneFailureAMinute();

  let from: string;

  beforeEach(async () => {
    from = newAddress();
    await block(from);
  });

  test('others are not blocked', async () => {
    expect(await logIn(newAddress(), 'nia')).toBe(200);
  });

  test('a code that is sent during that time stays valid', async () => {
    const code = await site.code('nia');
    expectRefusal(await post(from, { access_token: code }), 'too_many_requests');
    expect((await post(newAddress(), { access_token: code })).status).toBe(200);
  });

  test('it is free again after Retry-After', async () => {
    const { id_token } = site.pool.tokensFor('nia');
    const refused = await post(from, { id_token });
    expectRefusal(refused, 'too_many_requests');
    const seconds = secondsToWait(refused);
    expect(seconds).toBeGreaterThan(30);
    expectRefusal(await later(seconds - 20, from, id_token), 'too_many_requests');
    expect((await later(seconds, from, id_token)).status).toBe(200);
  });

  test('a callback ends its login at its own front-end, and Cognito is not called', async () => {
    const browser = new Browser();
    const back = await site.signIn('nia', browser, `?callback=${FRONT_END}%3Ftab=1`);
    site.pool.forgetRequests();
    const { location = '', headers } = await browser.get(back, {
      headers: { 'x-forwarded-for': from },
    });
    expect(location.startsWith(`${FRONT_END}?tab=1&error=too_many_requests&`)).toBe(true);
    expect(headers['retry-after']).toMatch(/^[1-9]\d?$/);
    expect(site.pool.count('/oauth2/token')).toBe(0);
    expect(redirectParameters(await browser.get(back)).get('error')).toBe('invalid_request');
  });

  test('it is logged once', async () => {
    await site.strapi.forgetLogs();
    const another = newAddress();
    await block(another);
    for (let turn = 0; turn < 20; turn += 1) await post(another, { access_token: randomCode() });
    const lines = (await site.strapi.allLogs()).filter((line) => line.includes(`: ${another} has`));
    expect(lines).toEqual([
      expect.stringContaining('[cognito] login refused, too_many_requests: '),
    ]);
  });
});

describe('no value of a request avoids the limit', () => {
  const FROM = '127.0.0.1';

  oneFailureAMinute();

  beforeAll(() => site.strapi.trustProxy(false));

  beforeEach(() => block(FROM));

  afterAll(() => site.strapi.trustProxy(true));

  test.each([
    'x-forwarded-for',
    'x-real-ip',
    'x-client-ip',
    'cf-connecting-ip',
    'true-client-ip',
    'forwarded',
    'host',
    'user-agent',
    'origin',
    'cookie',
    'x-forwarded-host',
    'x-http-method-override',
  ])('no header, such as %s', async (name) => {
    const value = name === 'forwarded' ? 'for=203.0.113.9' : '203.0.113.9';
    const answer = await ask(FROM, 'POST', EXCHANGE, {
      headers: { [name]: value },
      body: { access_token: randomCode() },
    });
    expectRefusal(answer, 'too_many_requests');
  });

  test.each([
    EXCHANGE,
    `${EXCHANGE}/`,
    '/api/auth/Cognito/callback',
    '/API/AUTH/cognito/CALLBACK',
    '/api/auth/cognit%6F/callback',
    '/api/auth/%63ognito/callback',
    '/api//auth/cognito/callback',
    '/api/./auth/cognito/callback',
    '/api/auth/cognito/callback;x=1',
    `http://elsewhere.example${EXCHANGE}`,
  ])('no spelling of the path avoids it, such as %s', async (path) => {
    const query = `?access_token=${randomCode()}`;
    for (const method of ['GET', 'POST']) {
      const body = method === 'POST' ? { access_token: randomCode() } : undefined;
      const { status, body: told } = await ask(FROM, method, path + query, { body });
      const code = told.error?.details.code ?? told.error?.name ?? status;
      // Strapi has no route there, or takes it for an unknown provider: the code is not checked.
      expect([
        'too_many_requests',
        'NotFoundError',
        'MethodNotAllowedError',
        'ApplicationError',
        404,
        405,
      ]).toContain(code);
    }
  });

  test.each([
    [`${CONNECT}?a=1`, 429],
    [`${CONNECT}/`, 429],
    [`${CONNECT}/?callback=x`, 429],
    [`http://elsewhere.example${CONNECT}`, 429],
  ])('nor of %s', async (path, status) => {
    expect((await ask(FROM, 'GET', path)).status).toBe(status);
  });

  test('CVE-2025-64526: no email in the body', async () => {
    for (const email of ['a@example.com', 'b@example.com', ['x'], { toString: 'x' }]) {
      const body = { access_token: randomCode(), email, identifier: email };
      expectRefusal(await post(FROM, body), 'too_many_requests');
    }
  });
});

describe('client addresses behind a proxy', () => {
  oneFailureAMinute();

  test('count by their first 64 bits, or as IPv4, in any notation', async () => {
    const [a, b, c] = ['2001:db8:7:1::1', '2001:db8:7:1:ffff::', '2001:DB8:7:2::1'];
    await block(a);
    expectRefusal(await post(b, { access_token: randomCode() }), 'too_many_requests');
    expectRefusal(await post(c, { access_token: randomCode() }), 'login_expired');
    const v4 = newAddress();
    await block(v4);
    for (const ip of [`::ffff:${v4}`, `${v4}:4711`, `10.0.0.1, ${v4}`]) {
      expectRefusal(await post(ip, { access_token: randomCode() }), 'too_many_requests');
    }
  });

  test('come from the proxy nearest to Strapi, whatever the client has sent', async () => {
    const from = newAddress();
    await block(from);
    const spoofed = await post(`203.0.113.7, ${from}`, { access_token: randomCode() });
    expectRefusal(spoofed, 'too_many_requests');
    const another = await post(`${from}, ${newAddress()}`, { access_token: randomCode() });
    expectRefusal(another, 'login_expired');
  });

  test('come from the first of two proxies, if Koa trusts both', async () => {
    const believe = (count: number) =>
      site.strapi.run((strapi, arg) => {
        Object.assign((strapi.server as { app: object }).app, { maxIpsCount: arg });
      }, count);
    await believe(2);
    try {
      const [from, cdn] = [newAddress(), newAddress()];
      await block(`${from}, ${cdn}`);
      const spoofed = await post(`203.0.113.7, ${from}, ${cdn}`, { access_token: randomCode() });
      expectRefusal(spoofed, 'too_many_requests');
      const another = await post(`${newAddress()}, ${cdn}`, { access_token: randomCode() });
      expectRefusal(another, 'login_expired');
    } finally {
      await believe(0);
    }
  });

  test('that are invalid share one count', async () => {
    await block('junk');
    expectRefusal(await post('more junk', { access_token: randomCode() }), 'too_many_requests');
  });
});

describe('users-permissions', () => {
  test('still limits other providers and logins, but no longer connect of Cognito', async () => {
    const from = newAddress();
    const getStatuses = async (method: string, path: string) => {
      const answers: number[] = [];
      for (let turn = 0; turn < 12; turn += 1) {
        const body = method === 'POST' ? {} : undefined;
        answers.push((await ask(from, method, path, { body })).status);
      }
      return answers.filter((status) => status === 429).length;
    };
    expect(await getStatuses('GET', '/api/connect/google')).toBe(2);
    expect(await getStatuses('GET', '/api/connect/cognitos')).toBe(2);
    expect(await getStatuses('POST', '/api/auth/local')).toBe(2);
    expect(await getStatuses('GET', CONNECT)).toBe(0);
  });

  test.each([
    [{ enabled: false }, {}, false],
    [{ enabled: false }, { enabled: true }, true],
    [{ enabled: true }, {}, true],
    [{ enabled: true }, { enabled: false }, false],
    [{ max: 10 }, {}, true],
    [null, {}, true],
  ])('with %j, and %j of the plugin, limits logins: %p', async (theirs, ours, limited) => {
    const set = (value: unknown) =>
      site.strapi.run((strapi, arg) => {
        const before = strapi.config.get('plugin.users-permissions.ratelimit');
        strapi.config.set('plugin.users-permissions.ratelimit', arg);
        return before;
      }, value);
    const before = await set(theirs);
    try {
      await withConfig(site, { rateLimit: { ...ours, failures: 2 } }, async () => {
        const from = newAddress();
        const answers = [];
        for (let turn = 0; turn < 4; turn += 1) answers.push(await post(from, { id_token: 'x' }));
        expect(getCodes(answers).includes('too_many_requests')).toBe(limited);
      });
    } finally {
      await set(before);
    }
  });
});
