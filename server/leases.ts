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
  /** On the monotonic clock of this process. */
  private expiresAt = 0;

  constructor(private readonly strapi: Strapi) {}

  /** Whether it was renewed in time. If the process was suspended, another login may have its names. */
  get isValid(): boolean {
    return performance.now() < this.expiresAt;
  }

  /**
   * Takes names, and waits while another login has one of them.
   *
   * @param beforeEachTry if it returns a result, no name is taken.
   * @returns that result, or `undefined` once this login has the names.
   * @throws {CognitoError} `login_in_progress` if another login has them for too long.
   */
  async wait<T>(
    names: readonly string[],
    beforeEachTry: () => Promise<T | undefined> | undefined,
  ): Promise<T | undefined> {
    const end = performance.now() + MAX_WAIT_MS;
    for (;;) {
      const result = await beforeEachTry();
      if (result !== undefined || (await this.add(names))) return result;
      if (performance.now() > end) {
        const reason = `waited ${MAX_WAIT_MS} ms for another login or change`;
        throw new CognitoError('login_in_progress', reason);
      }
      await sleep(POLL_MS.min + Math.random() * (POLL_MS.max - POLL_MS.min));
    }
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
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = undefined;
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
 * Does work while no other login has the same names.
 *
 * @param beforeEachTry as in {@link Lease.wait}: then its result is the one of the work.
 * @throws {CognitoError} `login_in_progress` if another login has the names for too long.
 */
export async function withLease<T>(
  strapi: Strapi,
  names: readonly string[],
  work: (lease: Lease) => Promise<T>,
  beforeEachTry?: (lease: Lease) => Promise<T | undefined>,
): Promise<T> {
  const lease = new Lease(strapi);
  try {
    return (await lease.wait(names, () => beforeEachTry?.(lease))) ?? (await work(lease));
  } finally {
    await lease.release();
  }
}
