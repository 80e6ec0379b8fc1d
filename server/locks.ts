import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { lock } from './content-types/lock';
import { LOCK, type Strapi } from './strapi';

/** Rows of the lock table. Two names may share one: they only wait for each other. */
const BUCKETS = 256;

/** Makes the rows that are missing. Several instances may start at once: who comes second is told so by the index. */
export async function prepareLocks(strapi: Strapi): Promise<void> {
  const rows = (await strapi.db.query(LOCK).findMany({ select: ['bucket'] })) as {
    bucket: number;
  }[];
  const there = new Set(rows.map(({ bucket }) => bucket));
  const missing = Array.from({ length: BUCKETS }, (_, bucket) => bucket).filter(
    (bucket) => !there.has(bucket),
  );
  if (missing.length === 0) return;
  await strapi.db
    .getConnection(lock.collectionName)
    .insert(missing.map((bucket) => ({ bucket })))
    .onConflict('bucket')
    .ignore();
}

const bucketOf = (name: string): number =>
  createHash('sha256').update(name).digest().readUInt32BE(0) % BUCKETS;

/**
 * Runs work in one transaction, alone among all instances that share the database and hold one of
 * these names. The rows are taken in one order, so that no two wait for each other; they are taken
 * before anything is read, so that what is read is what the one before has left.
 */
export async function withLocks<T>(
  strapi: Strapi,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const buckets = [...new Set(names.map(bucketOf))].sort((a, b) => a - b);
  let transaction: Knex.Transaction | undefined;
  const result = await strapi.db.transaction(async ({ trx }: { trx: Knex.Transaction }) => {
    transaction = trx;
    for (const bucket of buckets) {
      // An update, as SQLite has no "select for update"; the same value again changes nothing.
      const rows = () => strapi.db.getConnection(lock.collectionName).transacting(trx);
      const held: number = await rows().where({ bucket }).update({ bucket });
      if (held > 0) continue;
      // The row is gone (an import emptied the table): it is made again, and held.
      await rows().insert({ bucket }).onConflict('bucket').ignore();
      await rows().where({ bucket }).update({ bucket });
    }
    return work();
  });
  // Knex tells of a COMMIT that failed here alone. Within somebody else's transaction it is theirs.
  if (transaction?.isCompleted()) await transaction.executionPromise;
  return result;
}
