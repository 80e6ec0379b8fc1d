import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import net from 'node:net';
import { expectLoggedIn } from '../support/assertions';
import { Browser } from '../support/browser';
import { withQueries } from '../support/queries';
import { type Site, startSite } from '../support/site';
import { issueJwt, addPoolUser, createUser } from '../support/users';
import { hostileText, runs } from './runs';

let site: Site;
/** Requests that log no one in. Mutations of them must not log anyone in either. */
let requests: string[];

beforeAll(async () => {
  site = await startSite({
    cognito: {
      bearer: { enabled: true },
      tokens: { redirectUris: ['https://app.example/done'] },
    },
  });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  expectLoggedIn(await site.loginAs('nia'));
  requests = await createRequests();
});

async function createRequests(): Promise<string[]> {
  const forged = site.pool.sign({ claims: site.pool.idClaims('nia'), key: 'foreign' });
  const forgedAccess = site.pool.sign({ claims: site.pool.accessClaims('nia'), key: 'foreign' });
  const randomCode = randomBytes(32).toString('base64url');
  const jwt = await issueJwt(site, await createUser(site));
  const browser = new Browser();
  const { pathname, search } = new URL(await site.signIn('nia', browser));
  const cookies = browser.cookies(site.connectUrl).map(({ name, value }) => `${name}=${value}`);
  const exchange = '/api/auth/cognito/callback';
  const raw = (start: string, headers: string[] = [], body = '') =>
    [
      `${start} HTTP/1.1`,
      `Host: ${new URL(site.strapi.url).host}`,
      'Connection: close',
      ...headers,
      ...(body === '' ? [] : [`Content-Length: ${String(Buffer.byteLength(body))}`]),
      '',
      body,
    ].join('\r\n');
  const post = (path: string, body: object, headers: string[] = []) =>
    raw(`POST ${path}`, ['Content-Type: application/json', ...headers], JSON.stringify(body));
  const form = (body: Record<string, string>) =>
    raw(
      `POST ${exchange}`,
      ['Content-Type: application/x-www-form-urlencoded'],
      new URLSearchParams(body).toString(),
    );
  const code = {
    code: randomCode,
    code_verifier: randomCode,
    redirect_uri: 'https://app.example/done',
  };
  const bearer = `Authorization: Bearer ${jwt}`;
  return [
    raw(
      'GET /api/connect/cognito?identity_provider=Google&lang=en&callback=http://localhost:3000/connect/cognito/redirect',
    ),
    raw(`GET ${pathname}${search.replace(/code=[^&]*/, `code=${randomCode}`)}`, [
      `Cookie: ${cookies.join('; ')}`,
    ]),
    raw(`GET ${pathname}?error=access_denied&error_description=x&state=${randomCode}`),
    raw(`GET ${exchange}?access_token=${randomCode}`),
    raw(`GET ${exchange}?id_token=${forged}`),
    raw(`GET ${exchange}?error=access_denied&error_description=x`),
    post(exchange, { id_token: forged }),
    post(exchange, { access_token: forgedAccess }),
    post(exchange, code),
    form({ access_token: randomCode }),
    form(code),
    post('/api/auth/cognito/link', { access_token: randomCode }, [bearer]),
    post('/api/auth/cognito/link', { id_token: forged }),
    raw('DELETE /api/auth/cognito/link', ['Authorization: Bearer x.y.z']),
    raw('GET /api/auth/cognito/logout?redirect=http://localhost:3000'),
    raw('GET /api/users/me', [`Authorization: Bearer ${forgedAccess}`]),
  ];
}

/**
 * Sends raw bytes, and returns the response up to the end of the connection.
 *
 * @param patience milliseconds after which the connection is closed, because the server may wait for more bytes.
 */
function send(bytes: Uint8Array, patience = 200): Promise<string> {
  const { port } = new URL(site.strapi.url);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), '127.0.0.1');
    let answer = '';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`No end after ten seconds: ${Buffer.from(bytes).toString('latin1')}`));
    }, 10_000);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => (answer += text));
    // A reset connection is a valid outcome: nothing was done.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.write(bytes);
    setTimeout(() => socket.end(), patience).unref();
  });
}

const parseStatus = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  how: fc.constantFrom('flip', 'insert', 'delete', 'repeat', 'number', 'cut'),
  text: fc.oneof(
    hostileText.filter((text) => text.length < 2_000),
    fc.constantFrom(
      '%',
      '%00',
      '%ff',
      '[]',
      '[x]=1&',
      '&access_token=x',
      '\r\n',
      '\r\nX: y',
      '"',
      '\\u0000',
      '{',
      '}',
      ',',
      '/../',
      '//',
      ';',
    ),
  ),
  byte: fc.nat(255),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function apply(bytes: Buffer, { at, how, text, byte }: Change): Buffer {
  const place = Math.floor(at * bytes.length);
  const [before, after] = [bytes.subarray(0, place), bytes.subarray(place)];
  switch (how) {
    case 'flip':
      return Buffer.concat([before, Buffer.from([byte]), after.subarray(1)]);
    case 'insert':
      return Buffer.concat([before, Buffer.from(text), after]);
    case 'delete':
      return Buffer.concat([before, after.subarray(1 + (byte % 40))]);
    case 'repeat':
      return Buffer.concat([
        before,
        ...Array<Buffer>(byte % 40).fill(after.subarray(0, 30)),
        after,
      ]);
    case 'number':
      return Buffer.from(bytes.toString('latin1').replace(/\d+/, String(byte * 1_000)), 'latin1');
    default:
      return before;
  }
}

/** Corrects the content-length, so that a mutated body gets past the HTTP parser. */
function fixContentLength(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  return Buffer.from(
    `${head.replace(/Content-Length: \d+/, `Content-Length: ${String(body.length)}`)}\r\n\r\n${body}`,
    'latin1',
  );
}

test('unchanged, they log no one in, and have the expected status', async () => {
  const statuses = await Promise.all(
    requests.map(async (text) => parseStatus(await send(Buffer.from(text), 5_000))),
  );
  expect(statuses).toEqual([
    302, 302, 302, 400, 401, 502, 401, 401, 502, 400, 502, 400, 401, 401, 302, 401,
  ]);
});

test('mutated byte by byte, they log no one in, and nothing crashes or breaks', async () => {
  const mutated = fc
    .tuple(
      fc.nat(requests.length - 1),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
    )
    .map(([index, changes, fits]) => {
      const bytes = changes.reduce(apply, Buffer.from(requests[index] ?? ''));
      return fits ? fixContentLength(bytes) : bytes;
    });
  await site.strapi.forgetLogs();
  await fc.assert(
    fc.asyncProperty(fc.array(mutated, { minLength: 10, maxLength: 10 }), async (all) => {
      for (const answer of await Promise.all(all.map((bytes) => send(bytes)))) {
        const status = parseStatus(answer);
        expect(status < 500 || status === 502 || status === 503).toBe(true);
        expect(answer).not.toMatch(/"jwt"|access_token=[\w-]{43}/);
      }
    }),
    // Ten at a time.
    runs(0.2),
  );
  const stacks = (await site.strapi.allLogs()).filter((line) =>
    /(Type|Range|Reference)Error/.test(line),
  );
  expect(stacks).toEqual([]);
  expectLoggedIn(await site.loginAs(addPoolUser(site)));
}, 600_000);

describe('work, counted', () => {
  interface Work {
    statements: number;
    verifications: number;
    calls: number;
  }

  beforeAll(() =>
    site.strapi.run(() => {
      const work = { verifications: 0 };
      Object.assign(globalThis, { work });
      const main = Reflect.get(process, 'mainModule') as { require(name: string): unknown };
      // jsonwebtoken calls this for RS256, but not for Strapi's own JWTs.
      const crypto = main.require('node:crypto') as {
        createVerify: (...args: unknown[]) => unknown;
      };
      const { createVerify } = crypto;
      crypto.createVerify = (...args) => {
        work.verifications += 1;
        return createVerify(...args);
      };
    }),
  );

  async function countWork(
    action: () => Promise<{ status: number }>,
  ): Promise<Work & { status: number }> {
    site.pool.forgetRequests();
    await site.strapi.run(async (strapi) => {
      // Settings are read every few seconds, by the next request.
      const settings = strapi.plugin('cognito').service('settings');
      settings.invalidate?.();
      await settings.current?.();
      (globalThis as unknown as { work: { verifications: number } }).work.verifications = 0;
    });
    const { result, queries } = await withQueries(site.strapi, action);
    const { verifications } = await site.strapi.run(
      () => (globalThis as unknown as { work: { verifications: number } }).work,
    );
    const { status } = result;
    return { statements: queries.length, verifications, calls: site.pool.requests.length, status };
  }

  const megabyte = 1024 * 1024;

  test('a token of 64 KiB and a body of one megabyte cost less than a successful login', async () => {
    const { id_token } = site.pool.tokensFor('nia');
    await site.exchangeByPost({ id_token });
    const good = await countWork(() => site.exchangeByPost({ id_token }));
    expect(good).toMatchObject({ status: 200, verifications: 1, calls: 0 });
    expect(good.statements).toBeGreaterThan(2);

    const claims = (length: number) => ({ ...site.pool.idClaims('nia'), x: 'x'.repeat(length) });
    const large = site.pool.sign({ claims: claims(46_500), key: 'foreign' });
    expect(large.length).toBeGreaterThan(60 * 1024);
    expect(large.length).toBeLessThan(64 * 1024);
    const tooLarge = site.pool.sign({ claims: claims(60_000) });
    const bodies: [unknown, number, number][] = [
      [{ id_token: large }, 401, 1],
      [{ access_token: large }, 401, 1],
      [{ id_token: tooLarge }, 401, 0],
      [{ access_token: '.'.repeat(megabyte - 100) }, 401, 0],
      [{ access_token: 'a'.repeat(megabyte - 100) }, 400, 0],
      [
        {
          code: 'a'.repeat(megabyte / 2),
          code_verifier: 'a'.repeat(megabyte / 4),
          redirect_uri: 'x',
        },
        400,
        0,
      ],
      [{ x: 'a'.repeat(megabyte + 1) }, 413, 0],
      [Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${String(n)}`, 1])), 400, 0],
    ];
    for (const [body, status, verifications] of bodies) {
      const work = await countWork(() => site.exchangeByPost(body));
      expect(work).toMatchObject({ status, verifications, calls: 0 });
      // Strapi's own queries: the permissions of visitors, and whether the provider is on.
      expect(work.statements).toBeLessThanOrEqual(2);
    }
  });
});
