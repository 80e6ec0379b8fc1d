import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { oneTimeCode } from '../content-types/one-time-code';
import { CognitoError, quote } from '../protocol/errors';
import { ONE_TIME_CODE, type Strapi } from '../strapi';

/** What a one-time code stands for: a person whom Cognito vouched for. */
export interface Handoff {
  readonly issuer: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface OneTimeCodes {
  /**
   * Makes a code.
   *
   * @param ttl seconds it lives.
   */
  issue(handoff: Handoff, ttl: number): Promise<string>;
  /**
   * Takes a code for one use: it works once, on all instances. If the use fails through no fault of the
   * login, such as a lost database connection or another login in progress, the code is put back.
   *
   * @throws {CognitoError} `login_expired` where it is unknown, used or too old; and what the use throws.
   */
  redeem<T>(code: string, use: (handoff: Handoff) => Promise<T>): Promise<T>;
  /** Deletes what has expired. */
  sweep(): Promise<void>;
}

/** This plugin's service `one-time-codes`. */
export const oneTimeCodes = (strapi: Strapi): OneTimeCodes =>
  strapi.plugin('cognito').service<OneTimeCodes>('one-time-codes');

interface Row {
  readonly digest: string;
  readonly sealed: string;
  readonly expiresAt: number;
}

const CODE_BYTES = 32;
const CODE_FORM = /^[A-Za-z0-9_-]{43}$/;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const TABLE = oneTimeCode.collectionName;

/** Identifies a code in the table. Neither the code nor the key can be derived from it. */
const digestOf = (code: string): string => createHash('sha256').update(code).digest('hex');

/**
 * The key that only the code gives: one block of HKDF's expansion, as the code is random from end to
 * end and needs no extraction.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869#section-3.3
 */
const keyOf = (code: string): Buffer =>
  createHmac('sha256', Buffer.from(code, 'base64url')).update('cognito one-time code\x01').digest();

function seal(code: string, handoff: Handoff): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(code), iv);
  const sealed = [cipher.update(JSON.stringify(handoff), 'utf8'), cipher.final()];
  return Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('base64url');
}

function unseal(code: string, text: string): Handoff {
  const bytes = Buffer.from(text, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(code), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const opened = [decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()];
  return JSON.parse(Buffer.concat(opened).toString('utf8')) as Handoff;
}

/** Reads and deletes a row in one statement, where the database has such. Knex has it not for SQLite. */
async function takeAtOnce({ db }: Strapi, digest: string, now: number): Promise<Row | undefined> {
  const schema = db.getSchemaName();
  const table = schema ? `${schema}.${TABLE}` : TABLE;
  const taken: unknown = await db.connection.raw(
    'delete from ?? where digest = ? and expires_at > ? returning sealed, expires_at',
    [table, digest, now],
  );
  // SQLite gives the rows, PostgreSQL a result.
  const [row] = (Array.isArray(taken) ? taken : (taken as { rows: unknown[] }).rows) as {
    sealed: string;
    expires_at: number | string;
  }[];
  return row && { digest, sealed: row.sealed, expiresAt: Number(row.expires_at) };
}

export function createOneTimeCodes({ strapi }: { strapi: Strapi }): OneTimeCodes {
  const codes = () => strapi.db.query(ONE_TIME_CODE);

  /** Takes a row away: of all who ask for it, one gets it. */
  const take = async (digest: string): Promise<Row> => {
    const now = Date.now();
    const { db } = strapi;
    // Within a transaction of the caller, only Strapi's own queries are part of it.
    if (db.dialect.useReturning() && !db.inTransaction()) {
      const row = await takeAtOnce(strapi, digest, now);
      if (row) return row;
      throw expired('it is unknown, used or too old');
    }
    const where = { digest, expiresAt: { $gt: now } };
    const row = (await codes().findOne({ where })) as Row | null;
    if (!row) throw expired('it is unknown, used or too old');
    // One statement decides who of those who read it has it.
    const { count } = await codes().deleteMany({ where: { digest } });
    if (count !== 1) throw expired('another request used it at the same moment');
    return row;
  };

  const putBack = async ({ digest, sealed, expiresAt }: Row): Promise<void> => {
    try {
      await codes().createMany({ data: [{ digest, sealed, expiresAt }] });
    } catch (error) {
      // Whoever logs in has to begin again: why the login failed matters more.
      strapi.log.warn(`[cognito] a one-time code is lost: ${quote((error as Error).message)}`);
    }
  };

  return {
    async issue(handoff, ttl) {
      const code = randomBytes(CODE_BYTES).toString('base64url');
      const expiresAt = Date.now() + ttl * 1000;
      const row = { digest: digestOf(code), sealed: seal(code, handoff), expiresAt };
      // Of one row, as "create" would read it back.
      await codes().createMany({ data: [row] });
      return code;
    },

    async redeem(code, use) {
      if (!CODE_FORM.test(code)) throw expired('it is none of ours');
      const row = await take(digestOf(code));
      const handoff = opened(code, row.sealed);
      try {
        return await use(handoff);
      } catch (error) {
        if (!(error instanceof CognitoError) || error.code === 'login_in_progress')
          await putBack(row);
        throw error;
      }
    },

    async sweep() {
      await codes().deleteMany({ where: { expiresAt: { $lte: Date.now() } } });
    },
  };
}

/** What is sealed in a row; a row that the code does not open is of no use to anybody. */
function opened(code: string, sealed: string): Handoff {
  try {
    return unseal(code, sealed);
  } catch (error) {
    throw expired(`it does not open its row: ${(error as Error).message}`);
  }
}

const expired = (why: string) => new CognitoError('login_expired', `one-time code: ${why}`);
