import { join } from 'node:path';
import { Site, startSite } from '../support/site';
import { packageRoot, startStrapi, type StrapiOptions } from '../support/strapi';

/** The built `server/leases.ts`, for the functions that tests send to Strapi. */
const withLeases: StrapiOptions = {
  files: {
    'src/index.js': `module.exports = {
      bootstrap() {
        const server = ${JSON.stringify(join(packageRoot, 'dist/server'))};
        globalThis.leases = require(server + '/leases.js');
        globalThis.sweep = require(server + '/lifecycle.js').sweep;
        globalThis.held = new Map();
        globalThis.takeLease = async (strapi, names) => {
          const lease = new leases.Lease(strapi);
          return (await lease.add(names)) ? lease : undefined;
        };
      },
    };`,
  },
};

/** The globals there. */
interface Remote {
  leases: {
    withLease<T>(
      strapi: unknown,
      names: readonly string[],
      work: (lease: Held) => Promise<T>,
      meanwhile?: () => Promise<T | undefined>,
    ): Promise<T>;
  };
  sweep: (strapi: unknown) => Promise<void>;
  held: Map<string, Held>;
  takeLease: (strapi: unknown, names: readonly string[]) => Promise<Held | undefined>;
}

interface Held {
  readonly isValid: boolean;
  add(names: readonly string[]): Promise<boolean>;
  release(): Promise<void>;
}

let a: Site;
let b: Site;

beforeAll(async () => {
  a = await startSite(withLeases);
  b = new Site(a.pool, await startStrapi({ ...withLeases, database: a.strapi.database }));
});

afterEach(async () => {
  await Promise.all([a, b].map((site) => releaseAll(site)));
  expect(await a.rows('lease')).toEqual([]);
});

afterAll(async () => {
  // `a` last, because it owns the database.
  await b.strapi.stop();
  await a.stop();
});

/** Takes names on an instance, as the lease of this name. */
const take = (site: Site, as: string, ...names: string[]) =>
  site.strapi.run(
    async (strapi, arg) => {
      const { held, takeLease } = globalThis as unknown as Remote;
      const lease = await takeLease(strapi, arg.names);
      if (lease) held.set(arg.as, lease);
      return lease !== undefined;
    },
    { as, names },
  );

const add = (site: Site, to: string, ...names: string[]) =>
  site.strapi.run(
    (_strapi, arg) => (globalThis as unknown as Remote).held.get(arg.to)!.add(arg.names),
    { to, names },
  );

const release = (site: Site, lease: string) =>
  site.strapi.run(async (_strapi, name: string) => {
    const { held } = globalThis as unknown as Remote;
    await held.get(name)?.release();
    held.delete(name);
  }, lease);

const releaseAll = (site: Site) =>
  site.strapi.run(async () => {
    const { held } = globalThis as unknown as Remote;
    await Promise.all([...held.values()].map((lease) => lease.release()));
    held.clear();
  });

/** Moves the clock of an instance ahead. */
const advanceClock = (site: Site, seconds: number) =>
  site.strapi.run((_strapi, ms: number) => {
    Date.now = () => new Date().getTime() + ms;
  }, seconds * 1000);

describe('a lease', () => {
  test('belongs to one owner, on any instance, until it is released', async () => {
    expect(await take(a, 'first', 'name')).toBe(true);
    expect(await take(a, 'second', 'name')).toBe(false);
    expect(await take(b, 'third', 'name')).toBe(false);
    expect(await take(b, 'fourth', 'Name')).toBe(true);
    await release(a, 'first');
    expect(await take(b, 'third', 'name')).toBe(true);
    expect(await take(a, 'second', 'name')).toBe(false);
  });

  test('of several names is taken completely or not at all', async () => {
    expect(await take(a, 'first', 'y')).toBe(true);
    expect(await take(b, 'second', 'x', 'y', 'z')).toBe(false);
    expect(await take(a, 'third', 'x', 'z')).toBe(true);
  });

  test('gets more names, all of them or none', async () => {
    expect(await take(a, 'first', 'x')).toBe(true);
    expect(await take(b, 'second', 'y')).toBe(true);
    expect(await add(a, 'first', 'z', 'y')).toBe(false);
    expect(await add(b, 'second', 'z', 'z')).toBe(true);
    await release(b, 'second');
    expect(await add(a, 'first', 'z', 'y')).toBe(true);
    expect(await add(a, 'first')).toBe(true);
  });

  test('can take a name again that it has', async () => {
    expect(await take(a, 'first', 'x', 'x')).toBe(true);
    expect(await add(a, 'first', 'x')).toBe(true);
    expect(await add(a, 'first', 'y', 'x')).toBe(true);
    expect(await a.rows('lease')).toHaveLength(2);
    expect(await take(b, 'second', 'z')).toBe(true);
    expect(await add(a, 'first', 'x', 'z')).toBe(false);
    expect(await take(b, 'third', 'y')).toBe(false);
  });

  test('is taken if the database has written it and the response was lost', async () => {
    const taken = await a.strapi.run(async (strapi) => {
      const { lifecycles } = strapi.db as unknown as {
        lifecycles: { subscribe(subscriber: object): () => void };
      };
      const { held, takeLease } = globalThis as unknown as Remote;
      const restore = lifecycles.subscribe({
        models: ['plugin::cognito.lease'],
        afterCreateMany: () => {
          restore();
          throw new Error('the connection broke');
        },
      });
      const lease = await takeLease(strapi, ['x']);
      if (lease) held.set('first', lease);
      return lease !== undefined;
    });
    expect(taken).toBe(true);
    expect(await take(b, 'second', 'x')).toBe(false);
  });

  test('releases its own names, and no others', async () => {
    await take(a, 'first', 'x');
    await take(a, 'second', 'y');
    await release(a, 'first');
    expect(await take(b, 'third', 'y')).toBe(false);
    expect(await take(b, 'third', 'x')).toBe(true);
  });

  test('is different for any two texts', async () => {
    const names = ['', ' ', 'é', 'e\u0301', '日本', 'x'.repeat(10_000), "'; --", 'a', 'A'];
    for (const name of names) expect(await take(a, name, name)).toBe(true);
    for (const name of names) expect(await take(b, name, name)).toBe(false);
  });

  test('belongs to one owner at a time, however many want it', async () => {
    const outcomes = await Promise.all(
      [a, b].map((site) =>
        site.strapi.run(async (strapi) => {
          const { takeLease } = globalThis as unknown as Remote;
          let most = 0;
          let holders = 0;
          let times = 0;
          // Until this site has had it several times, even if the other one is faster.
          const want = async () => {
            while (times < 5) {
              const lease = await takeLease(strapi, ['wanted']);
              if (lease) {
                times += 1;
                most = Math.max(most, (holders += 1));
                await new Promise((resolve) => setImmediate(resolve));
                holders -= 1;
                await lease.release();
              }
              await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
            }
          };
          await Promise.all(Array.from({ length: 12 }, want));
          return most;
        }),
      ),
    );
    expect(outcomes).toEqual([1, 1]);
  });
});

describe('a lease whose owner is gone', () => {
  test('is free when it has expired, ten seconds later', async () => {
    expect(await take(b, 'crashed', 'x', 'y')).toBe(true);
    await b.strapi.kill();
    try {
      expect(await take(a, 'next', 'x')).toBe(false);
      await advanceClock(a, 10);
      expect(await take(a, 'next', 'x', 'z')).toBe(true);
      // Only the requested name was taken over.
      expect(await a.rows('lease')).toHaveLength(3);
      expect(await add(a, 'next', 'y')).toBe(true);
      expect(await a.rows('lease')).toHaveLength(3);
    } finally {
      await advanceClock(a, 0);
      await b.strapi.restart();
    }
  });

  test('is taken over by one of many', async () => {
    expect(await take(b, 'crashed', 'x')).toBe(true);
    await b.strapi.kill();
    await b.strapi.restart();
    await Promise.all([advanceClock(a, 10), advanceClock(b, 10)]);
    try {
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, turn) => take(turn % 2 ? a : b, `taker ${turn}`, 'x')),
      );
      expect(taken.filter(Boolean)).toHaveLength(1);
    } finally {
      await Promise.all([advanceClock(a, 0), advanceClock(b, 0)]);
    }
  });

  test('is deleted, and others stay', async () => {
    expect(await take(b, 'crashed', 'x')).toBe(true);
    await b.strapi.kill();
    try {
      await advanceClock(a, 10);
      expect(await take(a, 'alive', 'y')).toBe(true);
      await a.strapi.run((strapi) => (globalThis as unknown as Remote).sweep(strapi));
      expect(await a.rows('lease')).toHaveLength(1);
      expect(await take(a, 'next', 'y')).toBe(false);
    } finally {
      await advanceClock(a, 0);
      await b.strapi.restart();
    }
  });
});

test("a name that is taken does not fail a statement in the site's transaction", async () => {
  expect(await take(b, 'other', 'x')).toBe(true);
  const result = await a.strapi.run(async (strapi) => {
    const { takeLease } = globalThis as unknown as Remote;
    const db = strapi.db as unknown as {
      transaction<T>(work: () => Promise<T>): Promise<T>;
      connection: Record<'on' | 'off', (event: string, listener: (error: Error) => void) => void>;
    };
    const failed: string[] = [];
    const listener = (error: Error) => failed.push(error.message);
    db.connection.on('query-error', listener);
    const lease = await db.transaction(() => takeLease(strapi, ['x', 'y']));
    db.connection.off('query-error', listener);
    return { isTaken: lease !== undefined, failed };
  });
  // PostgreSQL aborts a transaction in which a statement fails.
  expect(result).toEqual({ isTaken: false, failed: [] });
});

test('a lease is renewed for as long as its process lives', async () => {
  expect(await take(b, 'long', 'x')).toBe(true);
  const expiry = async () => Number((await a.rows('lease'))[0]!.expiresAt);
  const first = await expiry();
  await advanceClock(b, 60);
  try {
    while ((await expiry()) < first + 60_000)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await advanceClock(a, 60);
    expect(await take(a, 'impatient', 'x')).toBe(false);
    await release(b, 'long');
    expect(await take(a, 'impatient', 'x')).toBe(true);
  } finally {
    await Promise.all([advanceClock(a, 0), advanceClock(b, 0)]);
  }
});

test('a lease that was not renewed in time is not valid, and stays so', async () => {
  await take(a, 'first', 'name');
  const isValid = () =>
    a.strapi.run(() => (globalThis as unknown as Remote).held.get('first')!.isValid);
  expect(await isValid()).toBe(true);
  await a.strapi.run(() => {
    const now = performance.now.bind(performance);
    performance.now = () => now() + 9_000;
  });
  expect(await isValid()).toBe(false);
});

describe('work under a lease', () => {
  test('waits for its names, and releases them when it is done or fails', async () => {
    expect(await take(b, 'other', 'x')).toBe(true);
    const work = a.strapi.run((strapi) => {
      const { leases } = globalThis as unknown as Remote;
      let tries = 0;
      return leases.withLease(
        strapi,
        ['x'],
        () => Promise.resolve(tries),
        () => {
          tries += 1;
          Object.assign(globalThis, { tries });
          return Promise.resolve(undefined);
        },
      );
    });
    await a.strapi.run(async () => {
      const tries = () => (globalThis as { tries?: number }).tries ?? 0;
      while (tries() < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    });
    await release(b, 'other');
    expect(await work).toBeGreaterThanOrEqual(3);
    expect(await a.rows('lease')).toEqual([]);

    const failing = a.strapi.run((strapi) =>
      (globalThis as unknown as Remote).leases.withLease(strapi, ['x'], () =>
        Promise.reject(new Error('the work failed')),
      ),
    );
    await expect(failing).rejects.toThrow('the work failed');
    expect(await a.rows('lease')).toEqual([]);
  });

  test('is skipped if its result appears while it waits', async () => {
    expect(await take(b, 'other', 'x')).toBe(true);
    const result = await a.strapi.run((strapi) => {
      let tries = 0;
      return (globalThis as unknown as Remote).leases.withLease(
        strapi,
        ['x'],
        () => Promise.resolve('done twice'),
        () => Promise.resolve((tries += 1) === 3 ? 'done by the other' : undefined),
      );
    });
    expect(result).toBe('done by the other');
  });

  test('that waits too long is login_in_progress', async () => {
    expect(await take(b, 'other', 'x')).toBe(true);
    const work = a.strapi.run((strapi) => {
      const now = performance.now.bind(performance);
      let ahead = 0;
      performance.now = () => now() + ahead;
      return (globalThis as unknown as Remote).leases
        .withLease(
          strapi,
          ['x'],
          () => Promise.resolve('done'),
          () => {
            ahead += 1_000;
            return Promise.resolve(undefined);
          },
        )
        .finally(() => Reflect.deleteProperty(performance, 'now'));
    });
    await expect(work).rejects.toMatchObject({ code: 'login_in_progress' });
  });
});
