import { clockSkew, judgeClock } from '../../server/diagnostics/checks/cognito';
import { finding, messages, toCheckResult } from '../../server/diagnostics/messages';
import { isPrivateAddress, isPublic, toFailure } from '../../server/diagnostics/run';
import { judgeAuthorize, judgeToken } from '../../server/diagnostics/user-pool-domain';
import { requestAny } from '../../server/protocol/http';
import { CognitoError } from '../../server/protocol/errors';
import { type LoopbackServer, listen, strapiHttp } from '../support/loopback-http';
import { caughtError } from '../support/caught-error';

const ORIGIN = 'https://app.auth.eu-west-1.amazoncognito.com';
const REDIRECT = 'https://strapi.example.com/api/connect/cognito/callback';

describe('a response of the authorize endpoint', () => {
  const page = (error: string) => ({ kind: 'error', at: 'page', error });
  const callback = (error: string) => ({ kind: 'error', at: 'callback', error });

  test.each<[string, object]>([
    ['/login?client_id=x', { kind: 'login' }],
    [`${ORIGIN}/login?client_id=x`, { kind: 'login' }],
    ['https://accounts.google.com/o/oauth2/auth?error=x', { kind: 'login' }],
    ['/error?error=redirect_mismatch&client_id=x', page('redirect_mismatch')],
    [`${ORIGIN}/error?error=invalid_client`, page('invalid_client')],
    ['/error?error=Required+parameters+missing', page('an unknown error')],
    ['/error', page('an unknown error')],
    ['/error?error=invalid_request&error_description=invalid_scope', page('invalid_scope')],
    [`${REDIRECT}?error=unauthorized_client`, callback('unauthorized_client')],
    [
      `${REDIRECT}?error=invalid_request&error_description=invalid_scope`,
      callback('invalid_scope'),
    ],
    [`${REDIRECT}?error=invalid_request&error_description=x`, callback('invalid_request')],
    [`${REDIRECT}?error=%0Aevil`, callback('an unknown error')],
    // No user was there to log in.
    [`${REDIRECT}?code=x`, { kind: 'unrecognized' }],
    // The error page of another host says nothing about this pool.
    ['https://evil.example.com/error?error=redirect_mismatch', { kind: 'login' }],
    ['https://', { kind: 'unrecognized' }],
  ])('%s', (location, verdict) => {
    expect(judgeAuthorize({ status: 302, location }, ORIGIN, REDIRECT)).toEqual(verdict);
  });

  test.each([
    { status: 200 },
    { status: 404 },
    { status: 302 },
    { status: 200, location: '/login' },
    { status: 400, location: '/login' },
  ])('%j is not recognized', (response) => {
    expect(judgeAuthorize(response, ORIGIN, REDIRECT)).toEqual({ kind: 'unrecognized' });
  });
});

test.each<[number, object | undefined, object | undefined]>([
  [400, { error: 'invalid_grant' }, { error: 'invalid_grant', isRedirect: false }],
  [401, { error: 'invalid_client' }, { error: 'invalid_client', isRedirect: false }],
  [400, { error: 'unauthorized_client' }, { error: 'unauthorized_client', isRedirect: false }],
  [
    400,
    { error: 'unauthorized_client', error_description: 'invalid_redirect' },
    { error: 'unauthorized_client', isRedirect: true },
  ],
  [400, { error: 'invalid_request' }, { error: 'invalid_request', isRedirect: false }],
  [400, { error: 'a-secret-of-somebody' }, { error: 'an unknown error', isRedirect: false }],
  [400, { error: { nested: 1 } }, undefined],
  [400, {}, undefined],
  [400, undefined, undefined],
  [200, { error: 'invalid_grant' }, undefined],
  [302, undefined, undefined],
  [500, { error: 'invalid_grant' }, undefined],
])('a response of the token endpoint: %d %j', (status, body, verdict) => {
  expect(judgeToken({ status, ...(body && { body: body as Record<string, unknown> }) })).toEqual(
    verdict,
  );
});

describe('the clock', () => {
  test.each([
    ['the same second', 10_000, 10_020, 10_000, 0],
    ['the fraction of a second that Date leaves out', 10_999, 10_999, 10_000, 0],
    ['a slow response', 10_000, 18_000, 14_000, 0],
    ['ours is behind', 10_000, 10_000, 70_000, -60],
    ['ours is ahead', 70_999, 71_500, 10_000, 60],
  ])('%s', (_name, sentAt, receivedAt, date, skew) => {
    expect(clockSkew({ sentAt, receivedAt, date })).toBe(skew);
  });

  test.each([
    [5_000, 'clock.good'],
    [5_001, 'clock.behind'],
    [-5_999, 'clock.good'],
    [-6_000, 'clock.ahead'],
  ])('%d ms ahead is %s where five seconds are tolerated', (ms, code) => {
    const now = 1_000_000;
    expect(judgeClock({ sentAt: now, receivedAt: now, date: now + ms }, 5).code).toBe(code);
  });
});

test.each([
  [{ code: 'ENOTFOUND' }, 'unresolvable'],
  [{ code: 'EAI_AGAIN' }, 'unresolvable'],
  [{ code: 'ECONNREFUSED' }, 'refused'],
  [{ code: 'ETIMEDOUT' }, 'timeout'],
  [{ name: 'TimeoutError' }, 'timeout'],
  [{ code: 'EPROTO' }, 'tls'],
  [{ code: 'CERT_HAS_EXPIRED' }, 'tls'],
  [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'tls'],
  [{ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'tls'],
  [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'tls'],
  [{ code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'tls'],
  [{ code: 'EHOSTUNREACH' }, 'unreachable'],
  [{ code: 'HPE_INVALID_CONSTANT' }, 'unreachable'],
  [{ code: '<b>from the other side</b>' }, 'unreachable'],
  [undefined, 'unreachable'],
])('a call that failed with %j is %s', (cause, kind) => {
  const failure = toFailure(new CognitoError('cognito_unavailable', 'x', { cause }));
  expect(failure.kind).toBe(kind);
  expect(failure.problem).not.toContain('<');
});

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.31.255.255', true],
  ['172.32.0.1', false],
  ['192.168.0.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['::1', true],
  ['::', true],
  ['fe80::1', true],
  ['fd00::1', true],
  ['::ffff:10.0.0.1', true],
  ['::ffff:8.8.8.8', false],
  ['8.8.8.8', false],
  ['64:ff9b::808:808', false],
  ['64:ff9b:1::808:808', true],
  ['2001:4860:4860::8888', false],
])('%s is private: %s', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected);
});

test.each([
  ['https://strapi.example.com', true],
  ['http://localhost:1337', false],
  ['http://0.0.0.0:1337', false],
  ['http://192.168.1.5', false],
  ['http://[::1]:1337', false],
  ['http://[fd00::1]', false],
  ['http://[2001:4860:4860::8888]', true],
])('%s is public: %s', (url, expected) => {
  expect(isPublic(new URL(url))).toBe(expected);
});

describe('sentences', () => {
  const entries = Object.entries(messages);

  test.each(entries)('%s says what to do about a problem', (_code, sentences) => {
    const wrong = ['fail', 'warn'].includes(sentences.outcome);
    if (wrong) expect(sentences.remedy).toMatch(/\.$/);
    expect(sentences.message.length).toBeGreaterThan(10);
    // Braces are only placeholders for values: the page reads the sentences as ICU messages.
    const text = `${sentences.message}${String(sentences.remedy)}`;
    expect(text.replace(/\{\w+\}/g, '')).not.toMatch(/[{}<>]/);
  });

  test('values replace placeholders, and are not placeholders themselves', () => {
    const result = toCheckResult(
      'host-uri',
      finding('host-uri.refused', { host: '{host} $& {timeout}' }),
    );
    expect(result.message).toBe('{host} $& {timeout} refuses the connection.');
  });
});

describe('a call that accepts any response', () => {
  let server: LoopbackServer;
  let answer: Parameters<typeof listen>[0];

  beforeAll(async () => {
    server = await listen((request, response) => answer(request, response));
  });

  const request = (timeout?: number) =>
    requestAny(strapiHttp(timeout), 'the call', `${server.origin}/path`);

  test('a redirect is returned, not followed, and its body is not read', async () => {
    answer = (_, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end('{"error":"x"}');
    const { status, location, body } = await request();
    expect([status, location, body]).toEqual([302, `${server.origin}/elsewhere`, undefined]);
    expect(server.requests).toHaveLength(1);
  });

  test('its time, unless it came from a cache', async () => {
    const date = 'Tue, 24 Nov 2026 12:00:00 GMT';
    answer = (_, response) => response.writeHead(500, { date }).end();
    expect((await request()).date).toBe(Date.parse(date));
    answer = (_, response) => response.writeHead(500, { date, age: '1' }).end();
    expect((await request()).date).toBeUndefined();
    answer = (_, response) => response.writeHead(500, { date: 'yesterday' }).end();
    expect((await request()).date).toBeUndefined();
  });

  test('a body that is too large, or not a JSON object, is left out', async () => {
    for (const text of ['<html>', '[]', `{"a":"${'x'.repeat(300 * 1024)}"}`]) {
      answer = (_, response) => response.end(text);
      expect((await request()).body).toBeUndefined();
    }
    answer = (_, response) => response.writeHead(400).end('{"error":"x"}');
    expect(await request()).toMatchObject({ status: 400, body: { error: 'x' } });
  });

  test('a body that stalls is a failure', async () => {
    answer = (_, response) => void response.writeHead(200).write('{');
    const refusal = await caughtError(() => request(200));
    expect(refusal).toMatchObject({ code: 'cognito_unavailable' });
    expect(toFailure(refusal).kind).toBe('timeout');
  });
});
