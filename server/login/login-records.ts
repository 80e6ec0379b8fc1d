import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { LoginRecord } from '../admin-contract';
import { loginRecord } from '../content-types';
import { hasIdentities } from '../accounts/identities';
import { findUserIds } from '../accounts/user-lookup';
import type { Claims } from '../protocol/claims';
import { defined } from '../defined';
import type { CognitoConfig } from '../settings/config';
import {
  LOGIN_RECORD,
  type Strapi,
  type User,
  currentRequest,
  pluginConfig,
  runKnex,
} from '../strapi';
import { createLoginRecordPruning } from './login-record-pruning';

export type Step = LoginRecord['step'];

interface Row {
  readonly at: number;
  /** The id of the user. */
  readonly account: number | null;
  readonly step: Step;
  readonly outcome: string;
  readonly subject?: string;
  readonly email?: string;
  readonly login?: string;
}

/** What is known of a login besides its user. */
interface LoginDetails {
  /** The `sub` of a token that was valid. */
  readonly subject?: string | undefined;
  readonly email?: string | undefined;
  /** Joins the steps of one login: see {@link toLoginKey}. */
  readonly login?: string | undefined;
}

const details = new WeakMap<Context, LoginDetails>();

/** Notes what is known of the login that the current request is about. */
export function noteLogin(strapi: Strapi, more: LoginDetails): void {
  const ctx = currentRequest(strapi);
  if (ctx) details.set(ctx, { ...details.get(ctx), ...more });
}

/** The longest text that a column of type `string` takes. */
const MAX_LENGTH = 255;

/** Notes the Cognito account that the login of the current request is about, by verified claims. */
export function noteClaims(strapi: Strapi, { sub, email }: Claims): void {
  noteLogin(strapi, {
    ...(typeof sub === 'string' && { subject: sub.slice(0, MAX_LENGTH) }),
    ...(typeof email === 'string' && { email: email.slice(0, MAX_LENGTH) }),
  });
}

/** What is known of the login that the current request is about. */
export function loginDetails(strapi: Strapi): LoginDetails {
  const ctx = currentRequest(strapi);
  return (ctx && details.get(ctx)) ?? {};
}

/** Names a login by its one-time code, from which the code cannot be derived. */
export const toLoginKey = (code: string): string =>
  createHash('sha256').update(`login record ${code}`).digest('hex').slice(0, 32);

/** Which records an administrator asks for. */
interface RecordFilter {
  /** The id of a user. */
  readonly user?: number;
  /** The start of a username, an email or a `sub`, or the id of a user. */
  readonly q?: string;
  /** Only logins that were refused; one that the user cancelled was not. */
  readonly failed?: boolean;
  /** Only this outcome. */
  readonly outcome?: string;
}

interface RecordQuery extends RecordFilter {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

/**
 * How logins ended, kept for the operator. A login does not wait for it: records stay in memory until
 * the next {@link LoginRecords.flush}.
 */
export interface LoginRecords {
  /**
   * Notes how a step ended: `ok`, or the code of an error. Includes what {@link noteLogin} stored for this
   * request. The end of a login replaces the record of its return from Cognito.
   */
  add(step: Step, outcome: string, userId?: number): void;
  /** Writes what is in memory. Never rejects: records that cannot be written are lost, with a warning. */
  flush(): Promise<void>;
  /**
   * The records, newest first; those of another instance within a second or so.
   *
   * @returns the rows of a page, and how many there are.
   */
  list(query: RecordQuery): Promise<{ rows: LoginRecord[]; total: number }>;
  /** Whether a login has ever succeeded, as far as the records go back. */
  anySucceeded(): Promise<boolean>;
}

/** What Cognito answers when the user cancels. */
const CANCELLED = 'access_denied';

/** Records that wait to be written. */
const BUFFERED = { withUser: 300, withoutUser: 100, ofOneUser: 10 } as const;
/** What the config says about the records. It is read without the database. */
export function recordOptions(strapi: Strapi): { keepDays: number; keepEmails: boolean } {
  const { keepDays = 90, keepEmails = false } =
    pluginConfig<CognitoConfig>(strapi, 'cognito').loginRecords ?? {};
  return { keepDays, keepEmails };
}

/** A login that ended like this is not over: its one-time code works again. */
const RETRIED = ['login_in_progress', 'server_error'];

/** Whether a record is that of a login which has not ended yet. */
const isOpen = ({ step, outcome }: Pick<Row, 'step' | 'outcome'>): boolean =>
  (step === 'callback' && outcome === 'ok') || RETRIED.includes(outcome);

export function createLoginRecords({ strapi }: { strapi: Strapi }): LoginRecords {
  let buffer: Row[] = [];
  let dropped = 0;
  let last = Promise.resolve();
  const pruning = createLoginRecordPruning(strapi);
  const records = () => strapi.db.query(LOGIN_RECORD);
  /** Whether a login has a record, over which its end is written. Another instance may have written it. */
  const isWritten = async (row: Row): Promise<boolean> => {
    if (row.login === undefined) return false;
    if (row.step === 'callback')
      return (await records().count({ where: { login: row.login } })) > 0;
    const open = strapi.db
      .getConnection(loginRecord.collectionName)
      .where({ login: row.login })
      .where((query) =>
        query.where({ step: 'callback', outcome: 'ok' }).orWhereIn('outcome', RETRIED),
      );
    const { account, step, outcome, subject, email } = row;
    const end = { account_id: account, step, outcome, ...defined({ subject, email }) };
    return (await runKnex<number>(strapi, open.update(end))) > 0;
  };

  const save = async (rows: readonly Row[]): Promise<void> => {
    try {
      await records().createMany({ data: rows });
    } catch (error) {
      // If a user was deleted in the meantime, the other records are saved all the same.
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
    try {
      const fresh: Row[] = [];
      for (const row of rows) if (!(await isWritten(row))) fresh.push(row);
      if (fresh.length > 0) await save(fresh);
    } catch (error) {
      strapi.log.warn(`[cognito] ${rows.length} logins are not recorded: ${String(error)}`);
    }
    try {
      await pruning.expire(recordOptions(strapi).keepDays);
      if (rows.length > 0) await pruning.pruneOften(rows);
    } catch (error) {
      strapi.log.warn(`[cognito] could not delete old login records: ${String(error)}`);
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
      const { subject, email, login } = loginDetails(strapi);
      const account = userId ?? null;
      const kept = recordOptions(strapi).keepEmails ? email : undefined;
      const row = { account, step, outcome, ...defined({ subject, email: kept, login }) };
      const open =
        login === undefined ? -1 : buffer.findIndex((each) => each.login === login && isOpen(each));
      const before = buffer[open];
      if (before) buffer[open] = { ...before, ...row };
      else if (isFull(account)) dropped += 1;
      else buffer.push({ at: Date.now(), ...row });
    },
    flush() {
      last = last.then(write);
      return last;
    },
    async list({ page, pageSize, ...filter }) {
      await this.flush();
      const where = await toWhere(strapi, filter);
      const [total, rows] = await Promise.all([
        records().count({ where }),
        records().findMany({
          where,
          populate: { account: true },
          orderBy: [{ at: 'desc' }, { id: 'desc' }],
          offset: (page - 1) * pageSize,
          limit: pageSize,
        }) as Promise<StoredRow[]>,
      ]);
      return {
        total,
        rows: rows.map(({ id, at, account, step, outcome, subject, email }) => ({
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
    },
    async anySucceeded() {
      await this.flush();
      return (await records().findOne({ where: { outcome: 'ok' } })) !== null;
    },
  };
}

async function toWhere(strapi: Strapi, { user, q, failed, outcome }: RecordFilter) {
  const conditions: object[] = [];
  if (user !== undefined) conditions.push({ account: { id: user } });
  if (failed) conditions.push({ outcome: { $notIn: ['ok', CANCELLED] } });
  if (outcome !== undefined) conditions.push({ outcome });
  if (q !== undefined) {
    const ids = await findUserIds(strapi, q);
    conditions.push({
      $or: [
        { account: { id: { $in: ids } } },
        { subject: { $startsWithi: q } },
        { email: { $startsWithi: q } },
      ],
    });
  }
  return { $and: conditions };
}

interface StoredRow {
  readonly id: number;
  /** A big integer comes as text. */
  readonly at: string | number;
  readonly account: User | null;
  readonly step: Step;
  readonly outcome: string;
  readonly subject: string | null;
  readonly email: string | null;
}

/** This plugin's service `login-records`. */
export const loginRecords = (strapi: Strapi): LoginRecords =>
  strapi.plugin('cognito').service<LoginRecords>('login-records');

/** Whether anyone has ever logged in with Cognito, as far as that is known. */
export async function wasEverUsed(strapi: Strapi): Promise<boolean> {
  return (await hasIdentities(strapi)) || (await loginRecords(strapi).anySucceeded());
}
