import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { CognitoError } from '../../server/protocol/errors';
import {
  type HttpRequest,
  MAX_BODY_BYTES,
  parseJsonObject,
  readJson,
  requestJson,
  toUnavailable,
} from '../../server/protocol/http';
import { type LoopbackServer, listen, strapiHttp } from '../support/loopback-http';
import { caughtError } from '../support/caught-error';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

let server: LoopbackServer;
let answer: Answer;

beforeAll(async () => {
  server = await listen((request, response) => answer(response, request));
});

beforeEach(() => {
  server.requests.length = 0;
});

const request = (init?: HttpRequest, timeout?: number) =>
  requestJson(strapiHttp(timeout), 'the call', `${server.origin}/path`, init);

const sends =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body);

/** A valid JSON object with this many bytes. */
const jsonOfSize = (bytes: number) => '{}'.padEnd(bytes);

test('a 200 returns the object, with any content type', async () => {
  answer = sends(200, '{"a":[1]}', { 'content-type': 'text/plain' });
  await expect(request()).resolves.toEqual({ status: 200, body: { a: [1] } });
});

test('sends method, headers and body', async () => {
  let body = '';
  answer = (response, incoming) => {
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => (body += chunk));
    incoming.on('end', () => response.end('{}'));
  };
  await request({ method: 'POST', headers: { 'x-a': 'b' }, body: 'c=d' });
  expect(server.requests[0]).toMatchObject({ method: 'POST', url: '/path' });
  expect(server.requests[0]?.headers['x-a']).toBe('b');
  expect(body).toBe('c=d');
});

/** A response without a network, for what a network does not do each time. */
const answering = (status: number, body: Readable) => {
  const headers = new Headers();
  const http = { fetch: () => Promise.resolve({ status, headers, body }), timeout: 5000 };
  return requestJson(http, 'the call', 'http://localhost/');
};

test('a body in many pieces is one text, even if a character is split', async () => {
  const pieces = [...Buffer.from('{"name":"Zoë"}')].map((byte) => Buffer.from([byte]));
  const body = Readable.from(pieces);
  await expect(answering(200, body)).resolves.toMatchObject({ body: { name: 'Zoë' } });
});

test.each([199, 399, 429, 599])('a %i is an error, with any body', async (status) => {
  const error = await caughtError(() => readJson('the call', status, Readable.from(['{}'])));
  expect(error).toMatchObject({
    code: 'cognito_unavailable',
    reason: `the call: answered ${status}`,
  });
});

test('a 200 without a body is not JSON; a refusal may have no body', async () => {
  const http = (status: number) => ({
    fetch: () => Promise.resolve({ status, headers: new Headers(), body: null }),
    timeout: 5000,
  });
  const call = (status: number) => requestJson(http(status), 'the call', 'http://localhost/');
  expect((await caughtError(() => call(200))).reason).toBe(
    'the call: the response is not a JSON object',
  );
  await expect(call(400)).resolves.toEqual({ status: 400, body: {} });
});

test('the connection of a body that is not read is closed', async () => {
  const closed = new Promise((resolve) => {
    answer = (response) => {
      response.on('close', resolve);
      response.writeHead(500).write('{');
    };
  });
  await expect(request()).rejects.toThrow();
  await closed;
});

describe('no usable response', () => {
  test.each<[string, Answer, string]>([
    ['204', sends(204, ''), 'not a JSON object'],
    ['300', sends(300, '{}'), 'answered 300'],
    ['304', sends(304, ''), 'answered 304'],
    ['429', sends(429, '{"error":"slow_down"}'), 'answered 429'],
    ['500', sends(500, '{"error":"x"}'), 'answered 500'],
    ['503', sends(503, '<html>'), 'answered 503'],
    ['599', sends(599, '{}'), 'answered 599'],
    ['an empty body', sends(200, ''), 'not a JSON object'],
    ['a page', sends(200, '<html></html>', { 'content-type': 'text/html' }), 'not a JSON object'],
    ['garbage', sends(200, '{"a":'), 'not a JSON object'],
    ['a list', sends(200, '[{}]'), 'not a JSON object'],
    ['text', sends(200, '"text"'), 'not a JSON object'],
    ['null', sends(200, 'null'), 'not a JSON object'],
    ['a number', sends(200, '7'), 'not a JSON object'],
    [
      'a broken gzip',
      sends(200, 'no gzip', { 'content-encoding': 'gzip' }),
      'the call: "Z_DATA_ERROR"',
    ],
    [
      'a gzip cut short',
      sends(200, gzipSync('{"a":"b"}').subarray(0, 12), { 'content-encoding': 'gzip' }),
      'the call: ',
    ],
    ['a broken connection', (response) => response.destroy(), 'the call: "ECONNRESET"'],
    [
      'a body cut in pieces',
      (response) => response.write('{"a":', () => response.destroy()),
      'the call: "ERR_STREAM_PREMATURE_CLOSE"',
    ],
  ])('%s', async (_, given, reason) => {
    answer = given;
    const error = await caughtError(() => request());
    expect(error).toMatchObject({ code: 'cognito_unavailable', status: 503 });
    expect(error.reason).toContain(reason);
  });

  test('nobody listens', async () => {
    const gone = await listen(() => undefined);
    await gone.stop();
    const error = await caughtError(() => requestJson(strapiHttp(), 'the call', gone.origin));
    expect(error).toMatchObject({
      code: 'cognito_unavailable',
      reason: 'the call: "ECONNREFUSED"',
    });
  });

  test.each<[string, Answer]>([
    ['silence', () => undefined],
    ['headers without a body', (response) => response.writeHead(200).flushHeaders()],
    ['half a body', (response) => response.write('{"a":')],
    [
      'half a gzip',
      (response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.write(gzipSync('{"a":"b"}').subarray(0, 12));
      },
    ],
    [
      'half of the content-length, then a broken connection',
      (response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"a":', () => response.destroy());
      },
    ],
    [
      'a slow drip',
      (response) => {
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('%s ends with the timeout', async (_, given) => {
    answer = given;
    const error = await caughtError(() => request({}, 150));
    expect(error).toMatchObject({
      code: 'cognito_unavailable',
      reason: 'the call: no answer within 150 ms',
    });
  });
});

describe('size', () => {
  test('a response of exactly the limit is read', async () => {
    answer = sends(200, jsonOfSize(MAX_BODY_BYTES));
    await expect(request()).resolves.toEqual({ status: 200, body: {} });
  });

  test.each<[string, Answer]>([
    ['announced', sends(200, jsonOfSize(MAX_BODY_BYTES + 1))],
    [
      'in pieces',
      (response) => {
        response.write(jsonOfSize(MAX_BODY_BYTES));
        response.end(' ');
      },
    ],
    [
      'behind a gzip',
      sends(200, gzipSync(jsonOfSize(50 * 1024 * 1024)), { 'content-encoding': 'gzip' }),
    ],
    ['of a refusal', sends(400, jsonOfSize(MAX_BODY_BYTES + 1))],
  ])('a larger response is refused: %s', async (_, given) => {
    answer = given;
    const error = await caughtError(() => request());
    expect(error).toMatchObject({ code: 'cognito_unavailable' });
    expect(error.reason).toContain(`larger than ${MAX_BODY_BYTES}`);
  });

  test('an endless response is aborted, and the connection closed', async () => {
    let closed: Promise<unknown> | undefined;
    answer = (response) => {
      closed = once(response, 'close');
      const more = () => {
        while (response.write(jsonOfSize(16 * 1024)));
        response.once('drain', more);
      };
      more();
    };
    const error = await caughtError(() => request({}, 1000));
    expect(error.reason).toContain('larger than');
    await closed;
  });
});

test.each([301, 302, 303, 307, 308])('a %i is not followed', async (status) => {
  answer = (response, { url }) =>
    url === '/path'
      ? response.writeHead(status, { location: `${server.origin}/elsewhere` }).end('{}')
      : response.end('{}');
  const error = await caughtError(() => request({ method: 'POST', body: 'secret' }));
  expect(error).toMatchObject({
    code: 'cognito_unavailable',
    reason: `the call: answered ${status}`,
  });
  expect(server.requests.map(({ url }) => url)).toEqual(['/path']);
});

describe('a 4xx is left to the caller', () => {
  test.each([
    [400, '{"error":"invalid_grant"}', { error: 'invalid_grant' }],
    [401, '', {}],
    [403, '<html>Forbidden</html>', {}],
    [404, '["a"]', {}],
    [499, '{', {}],
  ])('%i %s', async (status, text, body) => {
    answer = sends(status, text);
    await expect(request()).resolves.toEqual({ status, body });
  });
});

test.each([
  ['{"a":1}', { a: 1 }],
  [' {} ', {}],
  ['', undefined],
  ['{', undefined],
  ['[]', undefined],
  ['null', undefined],
  ['"a"', undefined],
  ['1', undefined],
  ['\u{feff}{}', undefined],
])('parseJsonObject(%p) is %p', (text, expected) => {
  expect(parseJsonObject(text)).toEqual(expected);
});

describe('toUnavailable', () => {
  test('keeps an error that already has a code', () => {
    const error = new CognitoError('token_use', 'reason');
    expect(toUnavailable('the call', error, 1)).toBe(error);
  });

  test.each([
    [Object.assign(new Error('m'), { name: 'TimeoutError' }), 'no answer within 7 ms'],
    [Object.assign(new Error('m'), { code: 'ECONNRESET' }), '"ECONNRESET"'],
    [new Error('two\nlines'), '"two\\nlines"'],
    [Object.assign(new Error('m'), { code: 7 }), '"m"'],
  ])('wraps %s', (cause, problem) => {
    const error = toUnavailable('the call', cause, 7);
    expect(error).toMatchObject({ code: 'cognito_unavailable', reason: `the call: ${problem}` });
    expect(error.cause).toBe(cause);
  });
});
