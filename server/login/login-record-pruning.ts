import type { Knex } from 'knex';
import { loginRecord } from '../content-types';
import { type Strapi, runKnex } from '../strapi';

/** Records kept. Those without a user have a limit of their own, so that many of them do not displace the others. */
const KEPT = { withUser: 5_000, withoutUser: 200, ofOneUser: 50 } as const;
/** Records written before the old ones are deleted. */
const PRUNE_EVERY = { all: 100, ofOneUser: 10 } as const;
const DAY_MS = 86_400_000;
/** How often records that are too old are deleted. */
const EXPIRE_EVERY_MS = 3_600_000;

/** Deletes login records that are too many or too old. */
export interface LoginRecordPruning {
  /** Deletes the records beyond what is kept, from time to time. The rows are those just written. */
  pruneOften(rows: readonly { readonly account: number | null }[]): Promise<void>;
  /** Deletes records that are older, at most once an hour. */
  expire(keepDays: number): Promise<void>;
}

/** The pruning of one instance, which counts what it has written. */
export function createLoginRecordPruning(strapi: Strapi): LoginRecordPruning {
  // There may be old ones from before.
  let sincePrune: number = PRUNE_EVERY.all;
  const sincePruneOfUser = new Map<number, number>();
  const queryRows = (account: number | 'any' | 'none'): Knex.QueryBuilder => {
    const table = strapi.db.getConnection(loginRecord.collectionName);
    if (account === 'any') return table.whereNotNull('account_id');
    return account === 'none' ? table.whereNull('account_id') : table.where('account_id', account);
  };

  const prune = async (account: number | 'any' | 'none', kept: number): Promise<void> => {
    const query = queryRows(account).select('id').orderBy('id', 'desc').offset(kept).limit(1);
    const [newestToGo] = await runKnex<{ id: number }[]>(strapi, query);
    if (!newestToGo) return;
    await runKnex(strapi, queryRows(account).where('id', '<=', newestToGo.id).delete());
  };

  const pruneOften = async (
    rows: readonly { readonly account: number | null }[],
  ): Promise<void> => {
    for (const { account } of rows) {
      if (account === null) continue;
      sincePruneOfUser.set(account, (sincePruneOfUser.get(account) ?? 0) + 1);
    }
    for (const [account, count] of sincePruneOfUser) {
      if (count < PRUNE_EVERY.ofOneUser) continue;
      sincePruneOfUser.delete(account);
      await prune(account, KEPT.ofOneUser);
    }
    sincePrune += rows.length;
    if (sincePrune < PRUNE_EVERY.all) return;
    sincePrune = 0;
    sincePruneOfUser.clear();
    await prune('any', KEPT.withUser);
    await prune('none', KEPT.withoutUser);
  };

  let expireAt = 0;
  const expire = async (keepDays: number): Promise<void> => {
    const now = Date.now();
    if (now < expireAt) return;
    expireAt = now + EXPIRE_EVERY_MS;
    const oldest = now - keepDays * DAY_MS;
    const table = strapi.db.getConnection(loginRecord.collectionName);
    await runKnex(strapi, table.where('at', '<', oldest).delete());
  };

  return { pruneOften, expire };
}
