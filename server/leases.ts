import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from './protocol/crypto';
import { CognitoError } from './protocol/errors';
import { LEASE, type Strapi } from './strapi';

/** The lifetime of a lease whose process has died. */
const LIFETIME_MS = 8_000;
const RENEW_EVERY_MS = 2_000;
/** The longest time that a login waits for another one. */
const MAX_WAIT_MS = 15_000;
const POLL_MS = { min: 15, max: 120 } as const;
/** How often a statement is repeated if it fails although no name is taken, for example because of a deadlock. */
const MAX_FAILURES = 10;

interface Row {
  readonly name: string;
  readonly owner: string;
  /** Drivers return a big integer as text. */
  readonly expiresAt: number | string;
}

/**
 * Names that one login, or one change of the settings, holds across all instances that share the database. Each is a
 * row with an expiry, which is renewed while the process lives. No transaction or connection is kept open.
 */
export class Lease {
  private readonly owner = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  /** On the monotonic clock of this process; `undefined` while it has no names. */
  private expiresAt: number | undefined;

  constructor(private readonly strapi: Strapi) {}

  /** Whether it was renewed in time. If the process was suspended, another login may have its names. */
  get isValid(): boolean {
    return this.expiresAt !== undefined && performance.now() < this.expiresAt;
  }

  /** Takes names, all of them or none. Does not wait: `false` if another login has one of them. */
  async add(names: readonly string[]): Promise<boolean> {
    let missing: readonly string[] | undefined = [...new Set(names.map(sha256Hex))].sort();
    // On PostgreSQL, an insert that fails aborts a transaction of the site.
    if (this.strapi.db.inTransaction()) missing = await this.findMissing(missing);
    for (let failures = 1; missing !== undefined && missing.length > 0; failures += 1) {
      const expiresAt = Date.now() + LIFETIME_MS;
      const data = missing.map((name) => ({ name, owner: this.owner, expiresAt }));
      try {
        // Names are renewed together, from the first ones on.
        if (!this.timer) this.expiresAt = performance.now() + LIFETIME_MS;
        await this.rows.createMany({ data });
        break;
      } catch (error) {
        if (failures === MAX_FAILURES) throw error;
        missing = await this.findMissing(missing);
        if (missing) await sleep(POLL_MS.min * failures * Math.random());
      }
    }
    if (missing === undefined) return false;
    this.timer ??= setInterval(() => void this.renew(), RENEW_EVERY_MS).unref();
    return true;
  }

  /** The names that this login lacks; `undefined` if another login has one of them. Deletes expired leases. */
  private async findMissing(names: readonly string[]): Promise<readonly string[] | undefined> {
    const now = Date.now();
    const rows = (await this.rows.findMany({ where: { name: { $in: names } } })) as Row[];
    const others = rows.filter(({ owner }) => owner !== this.owner);
    if (others.some(({ expiresAt }) => Number(expiresAt) > now)) return undefined;
    const own = rows.filter(({ owner }) => owner === this.owner).map(({ name }) => name);
    const missing = names.filter((name) => !own.includes(name));
    if (others.length > 0) {
      const where = { name: { $in: missing }, expiresAt: { $lte: now } };
      // If the database ends it as a deadlock, the insert fails too, and both are repeated.
      await this.rows.deleteMany({ where }).catch(() => undefined);
    }
    return missing;
  }

  /** Releases all names. They expire by themselves if the database cannot be reached. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    if (this.expiresAt === undefined) return;
    for (let failures = 1; failures <= MAX_FAILURES; failures += 1) {
      try {
        await this.rows.deleteMany({ where: { owner: this.owner } });
        return;
      } catch (error) {
        // MySQL and MariaDB may end one of two concurrent deletes as a deadlock.
        if (failures < MAX_FAILURES) await sleep(POLL_MS.min * failures);
        else this.strapi.log.warn(`[cognito] could not release a lease: ${String(error)}`);
      }
    }
  }

  private async renew(): Promise<void> {
    if (!this.isValid) return;
    try {
      const expiresAt = performance.now() + LIFETIME_MS;
      await this.rows.updateMany({
        where: { owner: this.owner },
        data: { expiresAt: Date.now() + LIFETIME_MS },
      });
      this.expiresAt = expiresAt;
    } catch (error) {
      this.strapi.log.warn(`[cognito] could not renew a lease: ${String(error)}`);
    }
  }

  private get rows() {
    return this.strapi.db.query(LEASE);
  }
}

/**
 * Takes names, and waits if another login has them. The caller has to release them.
 *
 * @param beforeEachTry makes the names unnecessary if it returns something.
 * @returns the names, or what `beforeEachTry` has returned.
 * @throws {CognitoError} `login_in_progress` if another login has them for too long.
 */
export async function waitForLease<T>(
  strapi: Strapi,
  names: readonly string[],
  beforeEachTry?: () => Promise<T | undefined>,
): Promise<{ readonly lease: Lease } | { readonly result: T }> {
  const end = performance.now() + MAX_WAIT_MS;
  for (;;) {
    const result = await beforeEachTry?.();
    if (result !== undefined) return { result };
    const lease = new Lease(strapi);
    if (await lease.add(names)) return { lease };
    if (performance.now() > end) {
      throw new CognitoError(
        'login_in_progress',
        `another login has held it for ${MAX_WAIT_MS} ms`,
      );
    }
    await sleep(POLL_MS.min + Math.random() * (POLL_MS.max - POLL_MS.min));
  }
}

/** Does work while no other login has the same names. Parameters and errors are those of {@link waitForLease}. */
export async function withLease<T>(
  strapi: Strapi,
  names: readonly string[],
  work: (lease: Lease) => Promise<T>,
  beforeEachTry?: () => Promise<T | undefined>,
): Promise<T> {
  const waited = await waitForLease(strapi, names, beforeEachTry);
  if ('result' in waited) return waited.result;
  try {
    return await work(waited.lease);
  } finally {
    await waited.lease.release();
  }
}
