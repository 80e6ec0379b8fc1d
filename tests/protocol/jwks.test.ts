import { generateKeyPairSync } from 'node:crypto';
import type { Http } from '../../server/protocol/http';
import { type Clock, Jwks, systemClock } from '../../server/protocol/jwks';
import { strapiHttp } from '../support/loopback-http';
import { type Fault, type Pool, type PublicJwk, startPool } from '../support/pool';
import { caughtCode, caughtError } from '../support/caught-error';

const HOUR = 60 * 60 * 1000;
const MINUTE = 60 * 1000;
/** One more fetch, after the first two, for every so many milliseconds. */
const SLOT = 8_000;

/** Time that passes when the test says so. */
class FakeClock implements Clock {
  private time = 1_000_000;
  private sleepers: { until: number; wake: () => void }[] = [];

  /** @param early milliseconds by which sleepers are woken too early, as real timers do. */
  constructor(private readonly early = 0) {}

  now(): number {
    return this.time;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => {
      this.sleepers.push({ until: this.time + ms - this.early, wake });
    });
  }

  /** How many are asleep. */
  get asleep(): number {
    return this.sleepers.length;
  }

  /** Lets time pass, and stops where somebody wakes. */
  advance(ms: number): void {
    const end = this.time + ms;
    const due = this.sleepers.filter(({ until }) => until <= end);
    this.time = due.length > 0 ? Math.max(...due.map(({ until }) => until)) : end;
    this.sleepers = this.sleepers.filter((sleeper) => !due.includes(sleeper));
    due.forEach(({ wake }) => wake());
  }
}

let pool: Pool;
let clock: FakeClock;
let jwks: Jwks;
/** The (fake) times of all fetches. */
let fetches: number[];
let warnings: string[];

const make = (withClock: FakeClock): Jwks => {
  const http = (): Http => {
    const { fetch, timeout } = strapiHttp();
    return {
      fetch: (url, init) => {
        fetches.push(withClock.now());
        return fetch(url, init);
      },
      timeout,
    };
  };
  return new Jwks(pool.jwksUrl, http, (message) => warnings.push(message), withClock);
};

beforeEach(async () => {
  pool = await startPool();
  clock = new FakeClock();
  fetches = [];
  warnings = [];
  jwks = make(clock);
});

afterEach(() => pool.stop());

const pem = async (kid: string, patience?: number) =>
  (await jwks.key(kid, patience)).export({ type: 'spki', format: 'pem' });

/** Waits for what goes on in the background. What has not happened in ten seconds never will. */
async function until(happened: () => boolean | Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!(await happened())) {
    if (performance.now() - start > 10_000) throw new Error('waited in vain');
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
  ['sends keys that are no list', { body: { keys: { 0: {} } } }],
];

test.each<[string, Fault, string]>([
  ['answers 404', { status: 404, body: { keys: [] } }, 'it answered 404'],
  ['has no list', { body: { keys: {} } }, 'it has no list of keys'],
  ['is empty', { body: { keys: [] } }, 'it has no RSA key for RS256 signatures'],
])('the reason says how a JWKS is unusable: it %s', async (_, fault, problem) => {
  pool.injectFault('jwks', fault);
  const { reason } = await caughtError(() => jwks.key(pool.kid()));
  expect(reason).toBe(`the JWKS at ${pool.jwksUrl} is unusable: ${problem}`);
});

test('the reason says that a JWKS has small keys alone', async () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' };
  pool.injectFault('jwks', { body: { keys: [jwk] } });
  const { reason } = await caughtError(() => jwks.key('k'));
  expect(reason).toBe(
    `the JWKS at ${pool.jwksUrl} is unusable: it has no RSA key of 2048 bits or more`,
  );
});

test('the reason says that a JWKS is not answered for', async () => {
  pool.injectFault('jwks', { status: 500 });
  const { reason } = await caughtError(() => jwks.key('k'));
  expect(reason).toBe(`the JWKS at ${pool.jwksUrl}: answered 500`);
});

describe('keys', () => {
  test('both keys of the pool are there, with one fetch', async () => {
    expect(await pem(pool.kid('id'))).toBe(pool.publicKey('id'));
    expect(await pem(pool.kid('access'))).toBe(pool.publicKey('access'));
    expect(fetches).toHaveLength(1);
  });

  test('nothing is fetched before it is needed', () => {
    expect(fetches).toHaveLength(0);
  });

  test('one fetch for a thousand who wait', async () => {
    const kids = Array.from({ length: 1000 }, (_, i) => pool.kid(i % 2 ? 'id' : 'access'));
    const keys = await Promise.all(kids.map((kid) => jwks.key(kid)));
    expect(new Set(keys).size).toBe(2);
    expect(pool.count('/.well-known/jwks.json')).toBe(1);
  });

  test('an answer with another status than 200 is none, keys or not', async () => {
    pool.injectFault('jwks', { status: 201, body: pool.jwks() });
    expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('cognito_unavailable');
  });

  test.each(['', 'unknown', '__proto__', 'constructor'])('%p is no key', async (kid) => {
    expect(await caughtError(() => jwks.key(kid))).toMatchObject({
      code: 'token_signature',
      reason: `the JWKS at ${pool.jwksUrl} has no key "${kid}"`,
    });
  });
});

describe('only RSA keys of 2048 bits for RS256 signatures are taken', () => {
  const jwkOf = (publicKey: ReturnType<typeof generateKeyPairSync>['publicKey']) =>
    publicKey.export({ format: 'jwk' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const almost = generateKeyPairSync('rsa', { modulusLength: 2040 });
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const said = { kid: 'odd', use: 'sig', alg: 'RS256' };
  const right = { ...jwkOf(rsa.publicKey), ...said };

  test('the key that the others are made of is taken', async () => {
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
    ['an elliptic key', { ...jwkOf(elliptic.publicKey), ...said }],
    ['an elliptic key for ES256', { ...jwkOf(elliptic.publicKey), ...said, alg: 'ES256' }],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0', ...said }],
    ['1024 bits', { ...jwkOf(small.publicKey), ...said }],
    ['2040 bits', { ...jwkOf(almost.publicKey), ...said }],
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
    jwks = make(clock);
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
    for (const asked of ['', '7', 'undefined', 'odd']) {
      expect(await caughtCode(() => jwks.key(asked))).toBe('cognito_unavailable');
    }
  });

  test('a list that is much too long is read to the twentieth key', async () => {
    const keys: PublicJwk[] = Array.from({ length: 21 }, (_, i) => ({ ...right, kid: `k${i}` }));
    pool.injectFault('jwks', { body: { keys } });
    expect(await pem('k19')).toEqual(expect.any(String));
    expect(await caughtCode(() => jwks.key('k20'))).toBe('token_signature');
  });
});

describe('while Cognito is out', () => {
  test.each(unavailable)('kept keys serve: it %s', async (_, fault) => {
    await jwks.key(pool.kid());
    pool.injectFault('jwks', fault);
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(fetches).toHaveLength(1);

    clock.advance(HOUR + 1);
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    await until(() => warnings.length > 0);
    expect(fetches).toHaveLength(2);
    expect(warnings).toEqual([expect.stringMatching(/^the kept keys go on serving: the JWKS at /)]);
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(await pem(pool.kid('access'))).toBe(pool.publicKey('access'));
  });

  test.each(unavailable)(
    'a cold start is cognito_unavailable, and recovers: it %s',
    async (_, fault) => {
      pool.injectFault('jwks', { ...fault, times: 1 });
      expect(await caughtError(() => jwks.key(pool.kid()))).toMatchObject({
        code: 'cognito_unavailable',
        status: 503,
      });
      expect(await pem(pool.kid())).toBe(pool.publicKey());
    },
  );

  test('a fetch that hangs ends with the timeout, for all who wait', async () => {
    pool.injectFault('jwks', { hang: true });
    jwks = new Jwks(
      pool.jwksUrl,
      () => strapiHttp(150),
      () => undefined,
      clock,
    );
    const codes = [1, 2, 3].map(() => caughtCode(() => jwks.key(pool.kid())));
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['cognito_unavailable']));
    expect(pool.requests).toHaveLength(1);
  });

  test('a cold start that failed often is not tried again before the next slot', async () => {
    pool.injectFault('jwks', { status: 500 });
    for (let i = 0; i < 5; i += 1) {
      expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('cognito_unavailable');
    }
    expect(fetches).toHaveLength(2);
    pool.clearChanges();
    clock.advance(SLOT - 1);
    expect((await caughtError(() => jwks.key(pool.kid()))).reason).toContain('not asked for again');
    clock.advance(1);
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(fetches).toHaveLength(3);
  });

  test('a failure for those who waited with patience is cognito_unavailable too', async () => {
    pool.injectFault('jwks', { status: 500 });
    for (let i = 0; i < 3; i += 1) await caughtCode(() => jwks.key(pool.kid(), i));
    const waiting = caughtCode(() => jwks.key(pool.kid(), 10_000));
    await until(() => clock.asleep === 1);
    clock.advance(10_000);
    expect(await waiting).toBe('cognito_unavailable');
    expect(fetches).toHaveLength(4);
  });
});

describe('a refresh', () => {
  test('comes after an hour, in the background, once', async () => {
    await jwks.key(pool.kid());
    clock.advance(HOUR);
    await jwks.key(pool.kid());
    expect(fetches).toHaveLength(1);

    pool.injectFault('jwks', { hang: true });
    clock.advance(1);
    // Nobody waits: the answer never comes.
    for (let i = 0; i < 100; i += 1) expect(await pem(pool.kid())).toBe(pool.publicKey());
    await until(() => pool.count('/.well-known/jwks.json') === 2);
    expect(fetches).toHaveLength(2);
  });

  test('regression: takes one slot however many set it off, and leaves one for a rotation', async () => {
    const old = pool.kid();
    await jwks.key(old);
    clock.advance(HOUR + 1);
    pool.injectFault('jwks', { status: 500, times: 1 });
    await Promise.all(Array.from({ length: 100 }, () => jwks.key(old)));
    await until(() => warnings.length > 0);
    expect(warnings).toHaveLength(1);
    await pool.rotateKeys();
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(fetches).toHaveLength(3);
  });

  test('that succeeds is good for another hour, and warns of nothing', async () => {
    await jwks.key(pool.kid());
    clock.advance(HOUR + 1);
    const old = await jwks.key(pool.kid());
    await until(async () => (await jwks.key(pool.kid())) !== old);
    clock.advance(HOUR);
    await jwks.key(pool.kid());
    expect(fetches).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  test('ends the trust in a key that the pool dropped', async () => {
    const dropped = pool.kid();
    const before = await pem(dropped);
    await pool.rotateKeys();
    clock.advance(HOUR + 1);
    expect(await pem(dropped)).toBe(before);
    // Joins the refresh that this has set off.
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(fetches).toHaveLength(2);
    expect(await caughtCode(() => jwks.key(dropped))).toBe('token_signature');
  });

  test('that fails does not end it', async () => {
    const dropped = pool.kid();
    await jwks.key(dropped);
    await pool.rotateKeys();
    pool.injectFault('jwks', { status: 500 });
    expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('cognito_unavailable');
    await expect(jwks.key(dropped)).resolves.toBeDefined();
  });
});

describe('a rotation', () => {
  test.each([true, false])('is found by its unknown kid (old keys shown: %p)', async (keepOld) => {
    const old = pool.kid();
    await jwks.key(old);
    await pool.rotateKeys({ keepOld });
    expect(await pem(pool.kid())).toBe(pool.publicKey());
    expect(fetches).toHaveLength(2);
    if (keepOld) {
      await expect(jwks.key(old)).resolves.toBeDefined();
    } else {
      expect(await caughtCode(() => jwks.key(old))).toBe('token_signature');
    }
  });

  test('is found by a thousand logins with one fetch', async () => {
    await jwks.key(pool.kid());
    await pool.rotateKeys();
    await Promise.all(Array.from({ length: 1000 }, () => jwks.key(pool.kid())));
    expect(fetches).toHaveLength(2);
  });
});

describe('made-up kids', () => {
  /** Asks for unknown keys all the time. */
  async function attack(duration: number, step = 100): Promise<void> {
    for (let passed = 0; passed < duration; passed += step) {
      const kids = [1, 2, 3, 4, 5].map((i) => `${clock.now()}-${i}`);
      const codes = await Promise.all(kids.map((kid) => caughtCode(() => jwks.key(kid))));
      expect(new Set(codes)).toEqual(new Set(['token_signature']));
      clock.advance(step);
    }
  }

  const mostInAMinute = () =>
    Math.max(
      ...fetches.map((from) => fetches.filter((at) => at >= from && at < from + MINUTE).length),
    );

  test('by the thousand make at most ten fetches in any minute', async () => {
    await jwks.key(pool.kid());
    await attack(3 * MINUTE);
    clock.advance(11_111);
    await attack(MINUTE);
    clock.advance(HOUR);
    await attack(2 * MINUTE, 333);
    expect(mostInAMinute()).toBeLessThanOrEqual(10);
    // And it is not by giving up: a slot comes for every eight seconds.
    expect(fetches.length).toBeGreaterThanOrEqual((6 * MINUTE) / SLOT);
    expect(await pem(pool.kid())).toBe(pool.publicKey());
  });

  test('get the third fetch a whole slot after the first, however long nothing was asked', async () => {
    clock.advance(SLOT - 100);
    await jwks.key(pool.kid());
    await attack(SLOT);
    expect(fetches).toHaveLength(2);
    await attack(100);
    expect(fetches).toHaveLength(3);
  });

  test('get it then too where the second fetch came in between', async () => {
    await jwks.key(pool.kid());
    clock.advance(3_000);
    await attack(SLOT - 3_000);
    expect(fetches).toHaveLength(2);
    await attack(100);
    expect(fetches).toHaveLength(3);
  });

  test('and failing fetches are held to the same', async () => {
    await jwks.key(pool.kid());
    pool.injectFault('jwks', { status: 500 });
    for (let i = 0; i < 1800; i += 1) {
      expect(['token_signature', 'cognito_unavailable']).toContain(
        await caughtCode(() => jwks.key(`made-up-${i}`)),
      );
      clock.advance(100);
    }
    expect(fetches.length).toBeGreaterThan(20);
    expect(mostInAMinute()).toBeLessThanOrEqual(10);
  });

  test('and refreshes count among them', async () => {
    await jwks.key(pool.kid());
    pool.injectFault('jwks', { status: 500 });
    clock.advance(HOUR + 1);
    for (let i = 0; i < 1800; i += 1) {
      await jwks.key(pool.kid());
      await until(() => warnings.length === fetches.length - 1);
      clock.advance(100);
    }
    expect(fetches.length).toBeGreaterThan(20);
    expect(mostInAMinute()).toBeLessThanOrEqual(10);
  });

  test.each([0, 1_000, 3_700, 7_900])(
    'do not hold up a real rotation, %i ms into a slot, for longer than one',
    async (into) => {
      await jwks.key(pool.kid());
      await attack(MINUTE);
      clock.advance(into);
      await attack(100);
      await pool.rotateKeys();
      const rotatedAt = clock.now();
      const isFound = () => jwks.key(pool.kid()).catch(() => undefined);
      while (!(await isFound()) && clock.now() - rotatedAt <= SLOT) await attack(100);
      expect(clock.now() - rotatedAt).toBeLessThanOrEqual(SLOT);
      expect(mostInAMinute()).toBeLessThanOrEqual(10);
    },
  );
});

test('made-up kids do not hold up a login that came from Cognito after a rotation', async () => {
  await jwks.key(pool.kid());
  for (let passed = 0; passed < 3 * MINUTE; passed += 1_000) {
    await caughtCode(() => jwks.key(`made-up ${passed}`));
    clock.advance(1_000);
  }
  // The slots of all are used up, and the next one is far.
  expect(await caughtCode(() => jwks.key('made-up'))).toBe('token_signature');
  const before = fetches.length;
  expect(await caughtCode(() => jwks.key('made-up, too'))).toBe('token_signature');
  expect(fetches).toHaveLength(before);
  await pool.rotateKeys();
  expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('token_signature');
  expect(await pem(pool.kid(), 10_000)).toBe(pool.publicKey());
  expect(fetches).toHaveLength(before + 1);
  expect(clock.asleep).toBe(0);
});

describe('patience', () => {
  /** Uses up what is there for all, and what is kept for those who wait. */
  const exhaust = async () => {
    await jwks.key(pool.kid());
    expect(await caughtCode(() => jwks.key('made-up'))).toBe('token_signature');
    expect(await caughtCode(() => jwks.key('made-up', 1))).toBe('token_signature');
    expect(fetches).toHaveLength(3);
    await pool.rotateKeys();
  };

  test('waits for the next slot, and shares its fetch', async () => {
    await exhaust();
    const waiting = Promise.all(Array.from({ length: 100 }, () => pem(pool.kid(), 10_000)));
    expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('token_signature');
    await until(() => clock.asleep > 0);
    expect(clock.asleep).toBe(1);
    clock.advance(10_000);
    expect(new Set(await waiting)).toEqual(new Set([pool.publicKey()]));
    expect(fetches).toHaveLength(4);
  });

  test('that is too short is not waited for', async () => {
    await exhaust();
    expect(await caughtCode(() => jwks.key(pool.kid(), SLOT - 1))).toBe('token_signature');
    expect(clock.asleep).toBe(0);
    clock.advance(1);
    const waiting = pem(pool.kid(), SLOT - 1);
    await until(() => clock.asleep === 1);
    clock.advance(SLOT);
    expect(await waiting).toBe(pool.publicKey());
  });

  test('helps a cold start', async () => {
    pool.injectFault('jwks', { status: 500, times: 3 });
    for (let i = 0; i < 3; i += 1) await caughtCode(() => jwks.key(pool.kid(), i));
    const waiting = pem(pool.kid(), 10_000);
    await until(() => clock.asleep === 1);
    clock.advance(10_000);
    expect(await waiting).toBe(pool.publicKey());
  });

  test('with made-up kids makes no more than ten fetches in a minute either', async () => {
    await jwks.key(pool.kid());
    const answers: Promise<string>[] = [];
    for (let i = 0; i < 1200; i += 1) {
      answers.push(caughtCode(() => jwks.key(`made-up-${i}`, 10_000)));
      await new Promise((resolve) => setImmediate(resolve));
      clock.advance(100);
    }
    await until(() => {
      clock.advance(10_000);
      return clock.asleep === 0;
    });
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['token_signature']));
    const most = fetches.map((at) => fetches.filter((f) => f >= at && f < at + MINUTE).length);
    expect(Math.max(...most)).toBeLessThanOrEqual(10);
    expect(fetches.length).toBeGreaterThan(10);
  });

  test('regression: a timer that fires a millisecond early still finds its slot', async () => {
    clock = new FakeClock(1);
    jwks = make(clock);
    await exhaust();
    const waiting = pem(pool.kid(), 10_000);
    await until(() => clock.asleep === 1);
    clock.advance(10_000);
    expect(await waiting).toBe(pool.publicKey());
  });

  test('regression: a slot that another took, in vain, makes no token a forged one', async () => {
    clock = new FakeClock(-50);
    jwks = make(clock);
    pool.injectFault('jwks', { status: 500 });
    for (let i = 0; i < 3; i += 1) await caughtCode(() => jwks.key(pool.kid(), i));
    const waiting = caughtCode(() => jwks.key(pool.kid(), 10_000));
    await until(() => clock.asleep === 1);
    clock.advance(SLOT);
    expect(await caughtCode(() => jwks.key(pool.kid()))).toBe('cognito_unavailable');
    expect(fetches).toHaveLength(4);
    clock.advance(10_000);
    expect(await waiting).toBe('cognito_unavailable');
    expect(fetches).toHaveLength(4);
  });
});

describe('the clock of the system', () => {
  afterEach(() => jest.restoreAllMocks());

  test('does not go back when the time of day is put back', () => {
    const before = systemClock.now();
    jest.spyOn(Date, 'now').mockReturnValue(0);
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  });

  test('sleeps', async () => {
    await expect(systemClock.sleep(1)).resolves.toBeUndefined();
  });
});
