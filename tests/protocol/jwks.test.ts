import { generateKeyPairSync } from 'node:crypto';
import type { Http } from '../../server/protocol/http';
import { Jwks } from '../../server/protocol/jwks';
import { strapiHttp } from '../support/loopback-http';
import { type Fault, type Pool, type PublicJwk, startPool } from '../support/pool';
import { caughtCode, caughtError } from '../support/caught-error';
import { jwksFor } from '../support/verification';

const HOUR = 60 * 60 * 1000;
const MINUTE = 60 * 1000;
/** The fetches per minute, without the reserved one. */
const FETCHES = 4;

const realNow = performance.now.bind(performance);
const advance = (ms: number) => jest.advanceTimersByTime(ms);

let pool: Pool;
let jwks: Jwks;
/** The (fake) times of all fetches. */
let fetches: number[];
let warnings: string[];

const make = (): Jwks => {
  // What one test leaves in progress is not counted in the next.
  const [ownFetches, ownWarnings] = [fetches, warnings];
  const http = (): Http => {
    const { fetch, timeout } = strapiHttp();
    return {
      fetch: (url, init) => {
        ownFetches.push(Date.now());
        return fetch(url, init);
      },
      timeout,
    };
  };
  return new Jwks(pool.jwksUrl, http, (message) => ownWarnings.push(message));
};

beforeEach(async () => {
  pool = await startPool();
  // Sockets run in real time.
  jest.useFakeTimers({
    doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask'],
  });
  fetches = [];
  warnings = [];
  jwks = make();
});

afterEach(async () => {
  jest.useRealTimers();
  await pool.stop();
});

const pem = async (kid: string, fromTokenEndpoint?: boolean) =>
  (await jwks.key(kid, fromTokenEndpoint)).export({ type: 'spki', format: 'pem' });

/** Waits for something in the background, for at most ten seconds. */
async function until(happened: () => boolean | Promise<boolean>): Promise<void> {
  const start = realNow();
  while (!(await happened())) {
    if (realNow() - start > 10_000) throw new Error('it has not happened in ten seconds');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const unavailable: [string, Fault][] = [
  ['is down', { reset: true }],
  ['answers 500', { status: 500 }],
  ['answers 429', { status: 429 }],
  ['answers 404', { status: 404, body: { keys: [] } }],
  ['answers 201', { status: 201, body: { keys: [] } }],
  ['sends garbage', { garbage: true }],
  ['breaks off', { status: 200, body: '{"keys":[' }],
  ['redirects', { status: 302, headers: { location: '/.well-known/jwks.json' }, body: '' }],
  ['sends no keys', { body: { keys: [] } }],
  ['sends something else', { body: { message: 'hello' } }],
  ['sends keys that are not a list', { body: { keys: { 0: {} } } }],
];

test.each<[string, Fault, string]>([
  ['answers 404', { status: 404, body: { keys: [] } }, 'it answered 404'],
  ['has no list', { body: { keys: {} } }, 'it has no list of keys'],
  ['is empty', { body: { keys: [] } }, 'it has no RSA key for RS256 signatures'],
])('the reason says why a JWKS is unusable: it %s', async (_, fault, problem) => {
  pool.injectFault('jwks', fault);
  const { reason } = await caughtError(() => jwks.key(pool.kid()));
  expect(reason).toBe(`the JWKS at ${pool.jwksUrl} is unusable: ${problem}`);
});

test('the reason says that a JWKS only has small keys', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' };
  pool.injectFault('jwks', { body: { keys: [jwk] } });
  const { reason } = await caughtError(() => jwks.key('k'));
  expect(reason).toBe(
    `the JWKS at ${pool.jwksUrl} is unusable: it has no RSA key of 2048 bits or more`,
  );
});

test('the reason says that the JWKS endpoint failed', async () => {
  pool.injectFault('jwks', { status: 500 });
  const { reason } = await caughtError(() => jwks.key('k'));
  expect(reason).toBe(`the JWKS at ${pool.jwksUrl}: answered 500`);
});

describe('keys', () => {
  test('one fetch returns both keys of the pool', async () => {
    expect(await pem(pool.kid('id'))).toBe(pool.publicKey('id'));
    expect(await pem(pool.kid('access'))).toBe(pool.publicKey('access'));
    expect(fetches).toHaveLength(1);
  });

  test('nothing is fetched before it is needed', () => {
    expect(fetches).toHaveLength(0);
  });

  test('a thousand waiting calls share one fetch', async () => {
    const kids = Array.from({ length: 1000 }, (_, i) => pool.kid(i % 2 ? 'id' : 'access'));
    const keys = await Promise.all(kids.map((kid) => jwks.key(kid)));
    expect(new Set(keys).size).toBe(2);
    expect(pool.count('/.well-known/jwks.json')).toBe(1);
  });

  test('a response with another status than 200 is an error, even with keys', async () => {
    pool.injectFault('jwks', { status: 201, body: pool.jwks() });
    expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('cognito_unavailable');
  });

  test.each(['', 'unknown', '__proto__', 'constructor'])('%p is not a key', async (kid) => {
    expect(await caughtError(() => jwks.key(kid))).toMatchObject({
      code: 'token_signature',
      reason: `the JWKS at ${pool.jwksUrl} has no key "${kid}"`,
    });
  });
});

describe('only RSA keys of 2048 bits for RS256 signatures are used', () => {
  const toJwk = (publicKey: ReturnType<typeof generateKeyPairSync>['publicKey']) =>
    publicKey.export({ format: 'jwk' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const almost = generateKeyPairSync('rsa', { modulusLength: 2040 });
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const said = { kid: 'odd', use: 'sig', alg: 'RS256' };
  const right = { ...toJwk(rsa.publicKey), ...said };

  test('the key on which the others are based is used', async () => {
    pool.injectFault('jwks', { body: { keys: [right] } });
    expect(await pem('odd')).toBe(rsa.publicKey.export({ type: 'spki', format: 'pem' }));
  });

  test.each<[string, unknown]>([
    ['use enc', { ...right, use: 'enc' }],
    ['use missing', { ...right, use: undefined }],
    ['alg RS512', { ...right, alg: 'RS512' }],
    ['alg PS256', { ...right, alg: 'PS256' }],
    ['alg RSA-OAEP', { ...right, alg: 'RSA-OAEP' }],
    ['alg missing', { ...right, alg: undefined }],
    ['kty missing', { ...right, kty: undefined }],
    ['kty in lower case', { ...right, kty: 'rsa' }],
    ['an elliptic key', { ...toJwk(elliptic.publicKey), ...said }],
    ['an elliptic key for ES256', { ...toJwk(elliptic.publicKey), ...said, alg: 'ES256' }],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0', ...said }],
    ['1024 bits', { ...toJwk(small.publicKey), ...said }],
    ['2040 bits', { ...toJwk(almost.publicKey), ...said }],
    ['a private key', { ...rsa.privateKey.export({ format: 'jwk' }), ...said }],
    ['no modulus', { ...right, n: undefined }],
    ['a modulus that is a number', { ...right, n: 7 }],
    ['null', null],
    ['text', 'odd'],
    ['a list', [right]],
  ])('%s', async (_, jwk) => {
    pool.injectFault('jwks', { body: { keys: [jwk, ...pool.jwks().keys] } });
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(await caughtCode(() => jwks.key('odd'))).toBe('token_signature');

    pool.injectFault('jwks', { body: { keys: [jwk] } });
    jwks = make();
    expect(await caughtCode(() => jwks.key('odd'))).toBe('cognito_unavailable');
  });

  test('the reason names the JWKS whose keys cannot be read', async () => {
    pool.injectFault('jwks', { body: { keys: [{ ...right, n: 7 }] } });
    const { code, reason } = await caughtError(() => jwks.key('odd'));
    expect(code).toBe('cognito_unavailable');
    expect(reason).toMatch(new RegExp(`^the JWKS at ${pool.jwksUrl}: ".+"$`));
  });

  test.each<[string, unknown]>([
    ['missing', undefined],
    ['empty', ''],
    ['a number', 7],
  ])('a kid %s', async (_, kid) => {
    pool.injectFault('jwks', { body: { keys: [{ ...right, kid }] } });
    for (const requested of ['', '7', 'undefined', 'odd']) {
      expect(await caughtCode(() => jwks.key(requested))).toBe('cognito_unavailable');
    }
  });

  test('only the first twenty keys of a longer list are read', async () => {
    const keys: PublicJwk[] = Array.from({ length: 21 }, (_, i) => ({ ...right, kid: `k${i}` }));
    pool.injectFault('jwks', { body: { keys } });
    expect(await pem('k19')).toEqual(expect.any(String));
    expect(await caughtCode(() => jwks.key('k20'))).toBe('token_signature');
  });
});

describe('while Cognito is down', () => {
  test.each(unavailable)('cached keys are used: it %s', async (_, fault) => {
    await jwks.key(pool.kid());
    pool.injectFault('jwks', fault);
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(fetches).toHaveLength(1);

    advance(HOUR + 1);
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    await until(() => warnings.length > 0);
    expect(fetches).toHaveLength(2);
    expect(warnings).toEqual([
      expect.stringMatching(/^could not refresh the JWKS, still using cached keys: the JWKS at /),
    ]);
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(await pem(pool.kid('access'))).toBe(pool.publicKey('access'));
  });

  test.each(unavailable)(
    'a cold start is cognito_unavailable, then recovers: it %s',
    async (_, fault) => {
      pool.injectFault('jwks', { ...fault, times: 1 });
      expect(await caughtError(() => jwks.key(pool.kid()))).toMatchObject({
        code: 'cognito_unavailable',
        status: 503,
      });
      expect(await pem(pool.kid())).toBe(pool.publicKey());
    },
  );

  test('a fetch that hangs ends with the timeout, for all callers', async () => {
    pool.injectFault('jwks', { hang: true });
    jwks = jwksFor(pool, 150);
    const codes = [1, 2, 3].map(() => caughtCode(() => jwks.key(pool.kid())));
    await until(() => pool.requests.length > 0);
    advance(150);
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['cognito_unavailable']));
    expect(pool.requests).toHaveLength(1);
  });

  test('a cold start that failed often is not repeated before the minute is over', async () => {
    pool.injectFault('jwks', { status: 500 });
    for (let i = 0; i <= FETCHES; i += 1) {
      expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('cognito_unavailable');
    }
    expect(fetches).toHaveLength(FETCHES);
    pool.clearChanges();
    advance(MINUTE - 1);
    expect((await caughtError(() => jwks.key(pool.kid()))).reason).toContain('rate-limited');
    advance(1);
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(fetches).toHaveLength(FETCHES + 1);
  });

  test('a cold start with a token from Cognito may use the reserved fetch', async () => {
    pool.injectFault('jwks', { status: 500, times: FETCHES });
    for (let i = 0; i < FETCHES; i += 1) await caughtCode(() => jwks.key(pool.kid()));
    expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('cognito_unavailable');
    expect(await pem(pool.kid(), true)).toBe(pool.publicKey());
  });
});

describe('a refresh', () => {
  test('comes after an hour, in the background, once', async () => {
    await jwks.key(pool.kid());
    advance(HOUR);
    await jwks.key(pool.kid());
    expect(fetches).toHaveLength(1);

    pool.injectFault('jwks', { hang: true });
    advance(1);
    // No caller waits for it: the response never comes.
    for (let i = 0; i < 100; i += 1) expect(await pem(pool.kid())).toBe(pool.publicKey());
    await until(() => pool.count('/.well-known/jwks.json') === 2);
    expect(fetches).toHaveLength(2);
  });

  test('takes one fetch, however many calls cause it, and leaves one for a rotation (regression)', async () => {
    const old = pool.kid();
    await jwks.key(old);
    advance(HOUR + 1);
    pool.injectFault('jwks', { status: 500, times: 1 });
    await Promise.all(Array.from({ length: 100 }, () => jwks.key(old)));
    await until(() => warnings.length > 0);
    expect(warnings).toHaveLength(1);
    pool.rotateKeys();
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(fetches).toHaveLength(3);
  });

  test('that succeeds lasts for another hour, without a warning', async () => {
    await jwks.key(pool.kid());
    advance(HOUR + 1);
    const old = await jwks.key(pool.kid());
    await until(async () => (await jwks.key(pool.kid())) !== old);
    advance(HOUR);
    await jwks.key(pool.kid());
    expect(fetches).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  test('stops trusting a key that the pool has removed', async () => {
    const dropped = pool.kid();
    const before = await pem(dropped);
    pool.rotateKeys();
    advance(HOUR + 1);
    expect(await pem(dropped)).toBe(before);
    // Joins the refresh that has started.
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(fetches).toHaveLength(2);
    expect(await caughtCode(() => jwks.key(dropped))).toBe('token_signature');
  });

  test('that fails does not end it', async () => {
    const dropped = pool.kid();
    await jwks.key(dropped);
    pool.rotateKeys();
    pool.injectFault('jwks', { status: 500 });
    expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('cognito_unavailable');
    await expect(jwks.key(dropped)).resolves.toBeDefined();
  });
});

describe('a rotation', () => {
  test.each([true, false])(
    'is detected by its unknown kid (old keys still in the JWKS: %p)',
    async (keepOld) => {
      const old = pool.kid();
      await jwks.key(old);
      pool.rotateKeys({ keepOld });
      expect(await pem(pool.kid())).toBe(pool.publicKey());
      expect(fetches).toHaveLength(2);
      if (keepOld) {
        await expect(jwks.key(old)).resolves.toBeDefined();
      } else {
        expect(await caughtCode(() => jwks.key(old))).toBe('token_signature');
      }
    },
  );

  test('is detected by a thousand logins with one fetch', async () => {
    await jwks.key(pool.kid());
    pool.rotateKeys();
    await Promise.all(Array.from({ length: 1000 }, () => jwks.key(pool.kid())));
    expect(fetches).toHaveLength(2);
  });
});

describe('invented kids', () => {
  let requested = 0;
  /** The results for the invented kids. */
  let codes: Promise<string>[] = [];

  beforeEach(() => {
    codes = [];
  });

  afterEach(async () => {
    for (const code of await Promise.all(codes)) expect(code).toBe('token_signature');
  });

  /** Constantly asks for unknown keys. No call waits for the clock. */
  async function attack(duration: number, step = 100, fromTokenEndpoint = false): Promise<void> {
    for (let passed = 0; passed < duration; passed += step) {
      const answer = caughtCode(() => jwks.key(`made-up-${(requested += 1)}`, fromTokenEndpoint));
      codes.push(answer);
      await answer;
      advance(step);
    }
  }

  async function ticks(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  const mostInAMinute = () =>
    Math.max(
      ...fetches.map((from) => fetches.filter((at) => at >= from && at < from + MINUTE).length),
    );

  test.each([false, true])(
    'by the thousand cause at most ten fetches in any minute (from Cognito: %p)',
    async (fromTokenEndpoint) => {
      await jwks.key(pool.kid());
      await attack(3 * MINUTE, 100, fromTokenEndpoint);
      advance(11_111);
      await attack(MINUTE, 100, fromTokenEndpoint);
      advance(HOUR);
      await attack(2 * MINUTE, 333, fromTokenEndpoint);
      expect(mostInAMinute()).toBeLessThanOrEqual(10);
      // And it does not stop fetching.
      expect(fetches.length).toBeGreaterThanOrEqual(6 * (FETCHES - 1));
      expect(await pem(pool.kid())).toBe(pool.publicKey());
    },
  );

  test('late in a minute and early in the next also cause at most ten', async () => {
    await jwks.key(pool.kid());
    advance(MINUTE - 2_000);
    await attack(30_000, 100, true);
    expect(mostInAMinute()).toBeLessThanOrEqual(10);
  });

  test('get an answer immediately at any time, and so are logins from Cognito', async () => {
    await jwks.key(pool.kid());
    advance(MINUTE - 2_000);
    await attack(500, 100);
    expect(fetches).toHaveLength(FETCHES);
    pool.rotateKeys();
    expect(await pem(pool.kid(), true)).toBe(pool.publicKey());
    // Early in the next minute.
    advance(2_000);
    await attack(10, 10);
    pool.rotateKeys();
    expect(await pem(pool.kid(), true)).toBe(pool.publicKey());
    await attack(500, 100);
    expect(fetches).toHaveLength(2 * FETCHES + 1);
  });

  test('failing fetches have the same limit', async () => {
    await jwks.key(pool.kid());
    pool.injectFault('jwks', { status: 500 });
    const before = fetches.length;
    await attack(3 * MINUTE);
    const answers = await Promise.all(codes);
    expect(new Set(answers)).toEqual(new Set(['token_signature', 'cognito_unavailable']));
    codes = [];
    expect(fetches.length - before).toBeGreaterThanOrEqual(3 * FETCHES - 1);
    expect(mostInAMinute()).toBeLessThanOrEqual(10);
  });

  test('refreshes count too', async () => {
    await jwks.key(pool.kid());
    pool.injectFault('jwks', { status: 500 });
    advance(HOUR + 1);
    for (let i = 0; i < 1800; i += 1) {
      await jwks.key(pool.kid());
      await ticks(2);
      await until(() => warnings.length === fetches.length - 1);
      advance(100);
    }
    expect(fetches.length).toBeGreaterThanOrEqual(3 * FETCHES);
    expect(mostInAMinute()).toBeLessThanOrEqual(10);
  });

  test.each([0, 1_000, 30_000, 59_900])(
    'do not delay a real rotation, %i ms into a minute, for more than a minute',
    async (into) => {
      await jwks.key(pool.kid());
      await attack(MINUTE);
      advance(into);
      await attack(100);
      pool.rotateKeys();
      const rotatedAt = Date.now();
      const isFound = () => jwks.key(pool.kid()).catch(() => undefined);
      while (!(await isFound()) && Date.now() - rotatedAt <= MINUTE) await attack(100);
      expect(Date.now() - rotatedAt).toBeLessThanOrEqual(MINUTE);
      expect(mostInAMinute()).toBeLessThanOrEqual(10);
    },
  );

  test('do not delay a login from Cognito after a rotation', async () => {
    await jwks.key(pool.kid());
    await attack(3 * MINUTE + 10_000, 1_000);
    // The fetches of this minute are used up, and the next minute is far.
    const before = fetches.length;
    expect(await caughtCode(() => jwks.key('made-up'))).toBe('token_signature');
    expect(fetches).toHaveLength(before);
    pool.rotateKeys();
    expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('token_signature');
    expect(await pem(pool.kid(), true)).toBe(pool.publicKey());
    expect(fetches).toHaveLength(before + 1);
  });
});
