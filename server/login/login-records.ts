import type { Knex } from 'knex';
import type { LoginRecord, Page } from '../admin-contract';
import { loginRecord } from '../content-types';
import { toUserFilter } from '../accounts/user-lookup';
import { sha256Hex } from '../protocol/crypto';
import { defined } from '../defined';
import type { CognitoConfig } from '../settings/config';
import { currentState } from '../request-state';
import { LOGIN_RECORD, type Strapi, type User, pluginConfig, runKnex } from '../strapi';

export type Step = LoginRecord['step'];

interface Row {
  readonly at: number;
  readonly account: number | null;
  readonly step: Step;
  readonly outcome: string;
  readonly subject?: string;
  readonly email?: string;
  readonly login?: string;
}

/** A row that the database returns, in which a big integer may be text. */
interface StoredRow extends Omit<LoginRecord, 'at' | 'user'> {
  readonly at: string | number;
  readonly account: User | null;
}

/** The maximum length of a column of type `string`. */
const toColumn = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.slice(0, 255) : undefined;

/** A name for a login that is derived from its one-time code. The code cannot be derived from the name. */
export const toLoginKey = (code: string): string => sha256Hex(`login record ${code}`).slice(0, 32);

interface RecordQuery {
  readonly user?: number;
  readonly q?: string;
  /** Only logins that were refused. A login that the user cancelled does not count. */
  readonly failed?: boolean;
  readonly outcome?: string;
  readonly page: number;
  readonly pageSize: number;
}

/** Cognito's error when the user cancels. */
const CANCELLED = 'access_denied';

/** How many records can wait to be written. */
const BUFFERED = { withUser: 300, withoutUser: 100, ofOneUser: 10 } as const;
/** How many records are kept. Records without a user have a separate limit, so they cannot displace the others. */
const KEPT = { withUser: 5_000, withoutUser: 200, ofOneUser: 50 } as const;
/** More than are ever in the table, so that a page of this size has all of them. */
export const MAX_RECORDS = 2 * (KEPT.withUser + KEPT.withoutUser);
/** How many excess records there must be before they are deleted. Otherwise every login would delete one. */
const SPARE = 10;
const DAY_MS = 86_400_000;
const EXPIRE_EVERY_MS = 3_600_000;

/** The settings for the records. They are read without the database. */
export function recordOptions(strapi: Strapi): { keepDays: number; keepEmails: boolean } {
  const { keepDays = 90, keepEmails = false } =
    pluginConfig<CognitoConfig>(strapi, 'cognito').loginRecords ?? {};
  return { keepDays, keepEmails };
}

/** After these outcomes, a login is not over, because its one-time code works again. */
const RETRIED = ['login_in_progress', 'server_error'];

/** Whether a record belongs to a login that has not ended yet. */
const isOpen = ({ step, outcome }: Row): boolean =>
  (step === 'callback' && outcome === 'ok') || RETRIED.includes(outcome);

/** This plugin's service `login-records`. */
export const loginRecords = (strapi: Strapi): LoginRecords =>
  strapi.plugin('cognito').service<LoginRecords>('login-records');

/** The outcomes of logins, for the admin page. They stay in memory until the next flush: no login waits for it. */
export class LoginRecords {
  private buffer: Row[] = [];
  private dropped = 0;
  private last = Promise.resolve();
  private expireAt = 0;

  constructor(private readonly strapi: Strapi) {}

  /** Records the outcome of a step: `ok`, or an error code. The end of a login replaces the record of its callback. */
  add(step: Step, outcome: string, userId?: number): void {
    const { claims: { sub, email } = {}, loginKey: login } = currentState(this.strapi);
    const { keepEmails } = recordOptions(this.strapi);
    const account = userId ?? null;
    const kept = { subject: toColumn(sub), email: keepEmails ? toColumn(email) : undefined, login };
    const row = { account, step, outcome, ...defined(kept) };
    const isSame = (other: Row) => login !== undefined && other.login === login && isOpen(other);
    const open = this.buffer.find(isSame);
    if (open) Object.assign(open, row);
    else if (this.isFull(account)) this.dropped += 1;
    else this.buffer.push({ at: Date.now(), ...row });
  }

  /** Writes what is in memory. Never rejects: records that cannot be written are lost, with a warning. */
  flush(): Promise<void> {
    this.last = this.last.then(() => this.write());
    return this.last;
  }

  /** A page of the records, newest first. Records of other instances appear within about a second. */
  async list(query: RecordQuery): Promise<Page<LoginRecord>> {
    await this.flush();
    const { page, pageSize } = query;
    const { results, pagination } = await this.rows.findPage({
      where: toWhere(this.strapi, query),
      populate: { account: true },
      orderBy: [{ at: 'desc' }, { id: 'desc' }],
      page,
      pageSize,
    });
    const rows = results as StoredRow[];
    return {
      pagination,
      results: rows.map(({ id, at, account, step, outcome, subject, email }) => ({
        id,
        at: new Date(Number(at)).toISOString(),
        user: account && {
          id: account.id,
          username: account.username ?? null,
          email: account.email ?? null,
        },
        subject,
        email,
        step,
        outcome,
      })),
    };
  }

  private get rows() {
    return this.strapi.db.query(LOGIN_RECORD);
  }

  private get table(): Knex.QueryBuilder {
    return this.strapi.db.getConnection(loginRecord.collectionName);
  }

  private isFull(account: number | null): boolean {
    const alike = this.buffer.filter((row) => (row.account === null) === (account === null));
    if (account === null) return alike.length >= BUFFERED.withoutUser;
    const own = alike.filter((row) => row.account === account);
    return alike.length >= BUFFERED.withUser || own.length >= BUFFERED.ofOneUser;
  }

  private async write(): Promise<void> {
    const { buffer: rows, dropped, strapi } = this;
    this.buffer = [];
    this.dropped = 0;
    if (dropped > 0) strapi.log.warn(`[cognito] too many logins at once: ${dropped} not recorded`);
    try {
      const fresh: Row[] = [];
      for (const row of rows) if (!(await this.isWritten(row))) fresh.push(row);
      if (fresh.length > 0) await this.save(fresh);
    } catch (error) {
      strapi.log.warn(`[cognito] could not record ${rows.length} logins: ${String(error)}`);
    }
    try {
      await this.deleteOld();
      if (rows.length > 0) await this.deleteExcess(rows);
    } catch (error) {
      strapi.log.warn(`[cognito] could not delete old login records: ${String(error)}`);
    }
  }

  /** Whether a login has a record, perhaps from another instance. Any step after the callback updates it. */
  private async isWritten(row: Row): Promise<boolean> {
    const { login, account, step, outcome, subject, email } = row;
    if (login === undefined) return false;
    if (step === 'callback') return (await this.rows.count({ where: { login } })) > 0;
    const open = [{ step: 'callback', outcome: 'ok' }, { outcome: { $in: RETRIED } }];
    const data = { account, step, outcome, ...defined({ subject, email }) };
    return (await this.rows.updateMany({ where: { login, $or: open }, data })).count > 0;
  }

  private async save(rows: readonly Row[]): Promise<void> {
    try {
      await this.rows.createMany({ data: rows });
    } catch (error) {
      // If a user has been deleted since, the other records are still saved.
      if (rows.length > 1) for (const row of rows) await this.save([row]);
      else if (rows[0]?.account != null) await this.save([{ ...rows[0], account: null }]);
      else throw error;
    }
  }

  /** Deletes records older than `loginRecords.keepDays`, at most once an hour. */
  private async deleteOld(): Promise<void> {
    const now = Date.now();
    if (now < this.expireAt) return;
    this.expireAt = now + EXPIRE_EVERY_MS;
    const oldest = now - recordOptions(this.strapi).keepDays * DAY_MS;
    await this.rows.deleteMany({ where: { at: { $lt: oldest } } });
  }

  /** Deletes excess records: of the users of these rows, of all users, and without a user. */
  private async deleteExcess(rows: readonly Row[]): Promise<void> {
    const users = this.table
      .select('account_id')
      .whereIn(
        'account_id',
        rows.flatMap(({ account }) => account ?? []),
      )
      .groupBy('account_id')
      .havingRaw('count(*) >= ?', [KEPT.ofOneUser + SPARE]);
    for (const user of await runKnex<{ account_id: number }[]>(this.strapi, users)) {
      await this.deleteBeyond(KEPT.ofOneUser, () => this.table.where(user));
    }
    await this.deleteBeyond(KEPT.withUser, () => this.table.whereNotNull('account_id'));
    await this.deleteBeyond(KEPT.withoutUser, () => this.table.whereNull('account_id'));
  }

  private async deleteBeyond(kept: number, query: () => Knex.QueryBuilder): Promise<void> {
    const excess = query().select('id').orderBy('id', 'desc').offset(kept).limit(SPARE);
    const rows = await runKnex<{ id: number }[]>(this.strapi, excess);
    const newest = rows.length === SPARE ? rows[0] : undefined;
    if (newest) await runKnex(this.strapi, query().where('id', '<=', newest.id).delete());
  }
}

function toWhere(strapi: Strapi, { user, q, failed, outcome }: RecordQuery): object {
  const conditions: object[] = [];
  if (user !== undefined) conditions.push({ account: { id: user } });
  if (failed) conditions.push({ outcome: { $notIn: ['ok', CANCELLED] } });
  if (outcome !== undefined) conditions.push({ outcome });
  if (q !== undefined) {
    const account = toUserFilter(strapi, q);
    const startsWith = { $startsWithi: q };
    conditions.push({ $or: [{ account }, { subject: startsWith }, { email: startsWith }] });
  }
  return { $and: conditions };
}
