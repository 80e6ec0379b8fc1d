import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CognitoError } from './protocol/errors';
import { LEASE, type Strapi } from './strapi';

/** A lease is free this long after its process died. */
const LIFETIME_MS = 8_000;
const RENEW_EVERY_MS = 2_000;
/** How long a login waits for another one. */
const MAX_WAIT_MS = 15_000;
const POLL_MS = { min: 15, max: 120 } as const;
/** Inserts that fail although no name is taken, such as a deadlock that the database resolved. */
const MAX_FAILURES = 10;

interface Row {
  readonly name: string;
  readonly owner: string;
  /** A big integer comes as text. */
  readonly expiresAt: number | string;
}

const digest = (name: string): string => createHash('sha256').update(name).digest('hex');

/**
 * Names held by one login, among all instances that share the database. Each is a row with an expiry,
 * renewed while the process lives. No transaction or connection is held.
 */
export class Lease {
  private readonly owner = randomUUID();
  private readonly timer: NodeJS.Timeout;

  private constructor(private readonly strapi: Strapi) {
    this.timer = setInterval(() => void this.renew(), RENEW_EVERY_MS).unref();
  }

  /** Takes all of these names, or none: `undefined` if another login holds one of them. */
  static async take(strapi: Strapi, names: readonly string[]): Promise<Lease | undefined> {
    const lease = new Lease(strapi);
    try {
      if (await lease.add(names)) return lease;
    } catch (error) {
      clearInterval(lease.timer);
      throw error;
    }
    clearInterval(lease.timer);
    return undefined;
  }

  /** Takes more names, all of them or none. Does not wait: `false` if another login holds one. */
  async add(names: readonly string[]): Promise<boolean> {
    let missing = [...new Set(names.map(digest))].sort();
    for (let failures = 0; missing.length > 0;) {
      const expiresAt = Date.now() + LIFETIME_MS;
      const data = missing.map((name) => ({ name, owner: this.owner, expiresAt }));
      try {
        await this.rows.createMany({ data });
        return true;
      } catch (error) {
        const now = Date.now();
        const where = { name: { $in: missing } };
        const taken = (await this.rows.findMany({ where })) as Row[];
        const isOwn = ({ owner }: Row) => owner === this.owner;
        if (taken.some((row) => !isOwn(row) && Number(row.expiresAt) > now)) return false;
        if (taken.length === 0) {
          if (++failures === MAX_FAILURES) throw error;
          await sleep(POLL_MS.min * failures * Math.random());
          continue;
        }
        // Held already, or inserted just now by a statement whose answer was lost.
        const own = new Set(taken.filter(isOwn).map(({ name }) => name));
        missing = missing.filter((name) => !own.has(name));
        const expired = { name: { $in: missing }, expiresAt: { $lte: now } };
        if (missing.length === 0) continue;
        await this.rows.deleteMany({ where: expired }).catch((reason: unknown) => {
          if (++failures === MAX_FAILURES) throw reason;
        });
      }
    }
    return true;
  }

  /** Gives all names back. They expire by themselves if the database cannot be reached. */
  async release(): Promise<void> {
    clearInterval(this.timer);
    for (let failures = 0; ;) {
      try {
        await this.rows.deleteMany({ where: { owner: this.owner } });
        return;
      } catch (error) {
        // MySQL and MariaDB may end one of two deletes at once as a deadlock.
        if (++failures === MAX_FAILURES) {
          this.strapi.log.warn(`[cognito] could not release a lease: ${String(error)}`);
          return;
        }
        await sleep(POLL_MS.min * failures);
      }
    }
  }

  private async renew(): Promise<void> {
    try {
      await this.rows.updateMany({
        where: { owner: this.owner },
        data: { expiresAt: Date.now() + LIFETIME_MS },
      });
    } catch (error) {
      this.strapi.log.warn(`[cognito] could not renew a lease: ${String(error)}`);
    }
  }

  private get rows() {
    return this.strapi.db.query(LEASE);
  }
}

/** How waiting for names ends: with the names, or with a result for which they are not needed. */
type Waited<T> = { readonly lease: Lease } | { readonly result: T };

/**
 * Takes names, and waits for them if another login has them. The caller has to release them.
 *
 * @param meanwhile asked before each try: a result ends the waiting.
 * @throws {CognitoError} `login_in_progress` if the wait was in vain.
 */
export async function waitForLease<T>(
  strapi: Strapi,
  names: readonly string[],
  meanwhile?: () => Promise<T | undefined>,
): Promise<Waited<T>> {
  const end = performance.now() + MAX_WAIT_MS;
  for (;;) {
    const result = await meanwhile?.();
    if (result !== undefined) return { result };
    const lease = await Lease.take(strapi, names);
    if (lease) return { lease };
    if (performance.now() > end) {
      throw new CognitoError(
        'login_in_progress',
        `another login has held it for ${MAX_WAIT_MS} ms`,
      );
    }
    await sleep(POLL_MS.min + Math.random() * (POLL_MS.max - POLL_MS.min));
  }
}

/**
 * Does work while it holds names.
 *
 * @param meanwhile as for {@link waitForLease}: its result is then the result.
 * @throws {CognitoError} `login_in_progress` if another login kept the names.
 */
export async function withLease<T>(
  strapi: Strapi,
  names: readonly string[],
  work: (lease: Lease) => Promise<T>,
  meanwhile?: () => Promise<T | undefined>,
): Promise<T> {
  const waited = await waitForLease(strapi, names, meanwhile);
  if ('result' in waited) return waited.result;
  try {
    return await work(waited.lease);
  } finally {
    await waited.lease.release();
  }
}

/** Deletes the leases of processes that died. */
export async function sweepLeases(strapi: Strapi): Promise<void> {
  await strapi.db.query(LEASE).deleteMany({ where: { expiresAt: { $lte: Date.now() } } });
}
