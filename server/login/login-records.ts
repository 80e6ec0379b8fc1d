import type { Knex } from 'knex';
import type { LoginRecord } from '../admin-contract';
import { loginRecord } from '../content-types/login-record';
import { LOGIN_RECORD, type Strapi, runKnex } from '../strapi';

export type Step = LoginRecord['step'];

interface Row {
  readonly at: number;
  /** The id of the user. */
  readonly account: number | null;
  readonly step: Step;
  readonly outcome: string;
}

/** Which records an administrator asks for. */
interface RecordQuery {
  /** The id of a user. */
  readonly user?: number;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

/**
 * How logins ended, kept for the operator. A login does not wait for it: records stay in memory until
 * the next {@link LoginRecords.flush}.
 */
export interface LoginRecords {
  /** Notes how a step ended: `ok`, or the code of an error. */
  add(step: Step, outcome: string, userId?: number): void;
  /** Writes what is in memory. Never rejects: records that cannot be written are lost, with a warning. */
  flush(): Promise<void>;
  /**
   * The records, newest first; those of another instance within a second or so.
   *
   * @returns the rows of a page, and how many there are.
   */
  list(query: RecordQuery): Promise<{ rows: LoginRecord[]; total: number }>;
}

/** Records kept. Those without a user have a number of their own, so that a flood of them does not push away the rest. */
const KEPT = { withUser: 5_000, withoutUser: 200, ofOneUser: 50 } as const;
/** Records that wait to be written. */
const BUFFERED = { withUser: 300, withoutUser: 100, ofOneUser: 10 } as const;
/** Records written before the old ones are deleted. */
const PRUNE_EVERY = { all: 100, ofOneUser: 10 } as const;

export function createLoginRecords({ strapi }: { strapi: Strapi }): LoginRecords {
  let buffer: Row[] = [];
  let dropped = 0;
  // There may be old ones from before.
  let sincePrune: number = PRUNE_EVERY.all;
  const sincePruneOfUser = new Map<number, number>();
  let last = Promise.resolve();
  const records = () => strapi.db.query(LOGIN_RECORD);
  const rowsOf = (account: number | 'any' | 'none'): Knex.QueryBuilder => {
    const table = strapi.db.getConnection(loginRecord.collectionName);
    if (account === 'any') return table.whereNotNull('account_id');
    return account === 'none' ? table.whereNull('account_id') : table.where('account_id', account);
  };

  const prune = async (account: number | 'any' | 'none', kept: number): Promise<void> => {
    const query = rowsOf(account).select('id').orderBy('id', 'desc').offset(kept).limit(1);
    const [newestToGo] = await runKnex<{ id: number }[]>(strapi, query);
    if (!newestToGo) return;
    await runKnex(strapi, rowsOf(account).where('id', '<=', newestToGo.id).delete());
  };

  const pruneOften = async (rows: readonly Row[]): Promise<void> => {
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

  const save = async (rows: readonly Row[]): Promise<void> => {
    try {
      await records().createMany({ data: rows });
    } catch (error) {
      // A user who was deleted meanwhile must not take the records of others along.
      if (rows.length > 1) for (const row of rows) await save([row]);
      else if (rows[0]?.account != null) await save([{ ...rows[0], account: null }]);
      else throw error;
    }
  };

  const write = async (): Promise<void> => {
    const rows = buffer;
    buffer = [];
    if (dropped > 0) strapi.log.warn(`[cognito] too many logins at once: ${dropped} not recorded`);
    dropped = 0;
    if (rows.length === 0) return;
    try {
      await save(rows);
      await pruneOften(rows);
    } catch (error) {
      strapi.log.warn(`[cognito] ${rows.length} logins are not recorded: ${String(error)}`);
    }
  };

  const isFull = (account: number | null): boolean => {
    const alike = buffer.filter((row) => (row.account === null) === (account === null));
    if (account === null) return alike.length >= BUFFERED.withoutUser;
    const own = alike.filter((row) => row.account === account);
    return alike.length >= BUFFERED.withUser || own.length >= BUFFERED.ofOneUser;
  };

  return {
    add(step, outcome, userId) {
      const account = userId ?? null;
      if (isFull(account)) dropped += 1;
      else buffer.push({ at: Date.now(), account, step, outcome });
    },
    flush() {
      last = last.then(write);
      return last;
    },
    async list({ user, page, pageSize }) {
      await this.flush();
      const where = user === undefined ? {} : { account: { id: user } };
      const [total, rows] = await Promise.all([
        records().count({ where }),
        records().findMany({
          where,
          populate: { account: { select: ['id'] } },
          orderBy: [{ at: 'desc' }, { id: 'desc' }],
          offset: (page - 1) * pageSize,
          limit: pageSize,
        }) as Promise<StoredRow[]>,
      ]);
      return {
        total,
        rows: rows.map(({ id, at, account, step, outcome }) => ({
          id,
          at: new Date(Number(at)).toISOString(),
          user: account?.id ?? null,
          step,
          outcome,
        })),
      };
    },
  };
}

interface StoredRow {
  readonly id: number;
  /** A big integer comes as text. */
  readonly at: string | number;
  readonly account: { readonly id: number } | null;
  readonly step: Step;
  readonly outcome: string;
}

export const loginRecords = (strapi: Strapi): LoginRecords =>
  strapi.plugin('cognito').service<LoginRecords>('login-records');
