import { Agent } from 'node:http';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { quote } from '../../server/protocol/errors';
import { MAX_BODY_BYTES } from '../../server/protocol/http';
import { fetchUserInfo } from '../../server/protocol/user-info';
import { type LoopbackServer, listen } from '../support/loopback-http';
import { type Fault, type Pool, startPool } from '../support/pool';
import { caughtError } from '../support/caught-error';

let pool: Pool;
let sub: string;
let accessToken: string;

beforeAll(async () => {
  pool = await startPool();
  ({ sub } = pool.user('ann'));
  accessToken = pool.tokensFor('ann').access_token;
});

beforeEach(() => {
  pool.clearChanges();
  pool.forgetRequests();
});

const userInfo = (token = accessToken, subject = sub, timeout = 5000) =>
  fetchUserInfo(`${pool.origin}/oauth2/userInfo`, token, subject, { timeout });

test('returns the attributes of the user, with the token only in the header', async () => {
  await expect(userInfo()).resolves.toMatchObject({
    sub,
    email: 'ann@example.com',
    email_verified: 'true',
  });
  const [{ method, path, query, headers, body } = {}] = pool.requests;
  expect({
    method,
    path,
    query: query?.toString(),
    body,
    authorization: headers?.authorization,
  }).toEqual({
    method: 'GET',
    path: '/oauth2/userInfo',
    query: '',
    body: '',
    authorization: `Bearer ${accessToken}`,
  });
});

test.each<[string, unknown]>([
  ['of another user', 'another'],
  ['of another type', ['a']],
  ['missing', undefined],
])('a sub %s is refused', async (_, other) => {
  pool.changeUserInfo((body) => ({ ...body, sub: other }));
  const error = await caughtError(() => userInfo());
  expect(error.code).toBe('cognito_unavailable');
  expect(error.reason).toBe(`the userInfo endpoint: its sub is ${quote(other)}`);
});

test('the token of another user is refused', async () => {
  const error = await caughtError(() => userInfo(pool.tokensFor('ben').access_token));
  expect(error.code).toBe('cognito_unavailable');
});

test('a revoked token is cognito_refused, and no reason contains it', async () => {
  const token = accessToken.slice(0, -4);
  const error = await caughtError(() => userInfo(token));
  expect(error).toMatchObject({ code: 'cognito_refused', status: 502 });
  expect(error.reason).toMatch(/^the userInfo endpoint answered 401 "invalid_token" "Access token/);
  expect(error.reason).not.toContain(token);
});

test.each<[number, unknown]>([
  [400, ''],
  [401, '<html>'],
  [403, {}],
  [404, { error: 'x' }],
])('any 4xx is cognito_refused: %i %j', async (status, body) => {
  pool.injectFault('userInfo', { status, body });
  const error = await caughtError(() => userInfo());
  expect(error.code).toBe('cognito_refused');
  expect(error.reason).toContain(`answered ${status}`);
});

describe('an unusable response is cognito_unavailable', () => {
  test.each<[string, Fault]>([
    ['500', { status: 500, body: { error: 'x' } }],
    ['503', { status: 503, body: '' }],
    ['429', { status: 429, body: {} }],
    ['204', { status: 204, body: '' }],
    ['garbage', { garbage: true }],
    ['a list', { body: [{}] }],
    ['null', { body: 'null' }],
    ['a broken connection', { reset: true }],
    ['a body cut in two', { cut: true }],
    ['a body that is too large', { body: ' '.repeat(MAX_BODY_BYTES) + '{}' }],
  ])('%s', async (_, fault) => {
    pool.injectFault('userInfo', fault);
    const error = await caughtError(() => userInfo());
    expect(error).toMatchObject({ code: 'cognito_unavailable', status: 503 });
  });

  test.each<[string, Fault]>([
    ['silence', { hang: true }],
    ['a stall in the middle of the body', { stall: true }],
  ])('%s ends with the timeout', async (_, fault) => {
    pool.injectFault('userInfo', fault);
    const error = await caughtError(() => userInfo(accessToken, sub, 150));
    expect(error).toMatchObject({
      code: 'cognito_unavailable',
      reason: 'the userInfo endpoint: no answer within 150 ms',
    });
  });

  test('nobody listens', async () => {
    const gone = await listen(() => undefined);
    await gone.stop();
    const call = () =>
      fetchUserInfo(`${gone.origin}/oauth2/userInfo`, accessToken, sub, { timeout: 5000 });
    expect(await caughtError(call)).toMatchObject({
      code: 'cognito_unavailable',
      reason: 'the userInfo endpoint: "ECONNREFUSED"',
    });
  });
});

test('an https URL is called over TLS', async () => {
  const endpoint = `${pool.origin.replace('http:', 'https:')}/oauth2/userInfo`;
  const error = await caughtError(() =>
    fetchUserInfo(endpoint, accessToken, sub, { timeout: 5000 }),
  );
  // The pool speaks plain http, so the TLS handshake fails.
  expect(error).toMatchObject({
    code: 'cognito_unavailable',
    reason: 'the userInfo endpoint: "EPROTO"',
  });
  expect(pool.requests).toHaveLength(0);
});

test('a body of the largest size is read', async () => {
  const body = JSON.stringify({ sub }).padEnd(MAX_BODY_BYTES);
  pool.injectFault('userInfo', { body });
  await expect(userInfo()).resolves.toEqual({ sub });
});

describe('a server that misbehaves', () => {
  let server: LoopbackServer;
  let answer: (response: ServerResponse) => void;

  beforeAll(async () => {
    server = await listen((_, response) => answer(response));
  });
  const call = (timeout: number) =>
    fetchUserInfo(`${server.origin}/oauth2/userInfo`, accessToken, sub, { timeout });

  test('is called at the exact path of the endpoint', async () => {
    answer = (response) => response.end(JSON.stringify({ sub }));
    await expect(call(5000)).resolves.toEqual({ sub });
    expect(server.requests.map(({ url }) => url)).toEqual(['/oauth2/userInfo']);
  });

  test('a slow drip ends with the timeout, which closes the connection', async () => {
    let closed: Promise<unknown> | undefined;
    answer = (response) => {
      closed = once(response, 'close');
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    };
    expect((await caughtError(() => call(500))).reason).toContain('no answer within 500 ms');
    await closed;
  });

  test('an endless body is aborted, and the connection closed', async () => {
    let closed: Promise<unknown> | undefined;
    answer = (response) => {
      closed = once(response, 'close');
      const more = () => {
        while (response.write(' '.repeat(16 * 1024)));
        response.once('drain', more);
      };
      more();
    };
    expect((await caughtError(() => call(5000))).reason).toContain(`larger than ${MAX_BODY_BYTES}`);
    await closed;
  });
});

test.each([301, 302, 303, 307, 308])('a %i is not followed with the token', async (status) => {
  const other = await listen((_, response) => response.end(JSON.stringify({ sub })));
  try {
    pool.injectFault('userInfo', { status, headers: { location: `${other.origin}/x` }, body: '' });
    const error = await caughtError(() => userInfo());
    expect(error.code).toBe('cognito_unavailable');
    expect(other.requests).toHaveLength(0);
  } finally {
    await other.stop();
  }
});

test('a redirect to itself is not followed either', async () => {
  const location = '/oauth2/userInfo';
  pool.injectFault('userInfo', { status: 302, headers: { location }, body: '', times: 1 });
  expect((await caughtError(() => userInfo())).code).toBe('cognito_unavailable');
  expect(pool.requests).toHaveLength(1);
});

test('uses the proxy if there is one, and does not change its agent', async () => {
  const asked: string[] = [];
  const proxy = new Agent({ keepAlive: true });
  const createConnection = proxy.createConnection.bind(proxy);
  proxy.createConnection = (options, done) => {
    asked.push(String(options.port));
    return createConnection(options, done);
  };
  try {
    const { port } = new URL(pool.origin);
    const call = () =>
      fetchUserInfo(`${pool.origin}/oauth2/userInfo`, accessToken, sub, { timeout: 5000, proxy });
    await expect(call()).resolves.toMatchObject({ sub });
    await expect(call()).resolves.toMatchObject({ sub });
    expect(asked[0]).toBe(port);
  } finally {
    proxy.destroy();
  }
});
