import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { sha256Hex } from '../protocol/crypto';
import { CognitoError, quote } from '../protocol/errors';
import { ONE_TIME_CODE, type Strapi } from '../strapi';

interface Handoff {
  readonly issuer: string;
  readonly claims: Readonly<Record<string, unknown>>;
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

/**
 * Derives the encryption key from a code: one block of HKDF-Expand. The code is uniformly random, so it needs
 * no HKDF-Extract.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5869#section-3.3
 */
const deriveKey = (code: string): Buffer =>
  createHmac('sha256', Buffer.from(code, 'base64url')).update('cognito one-time code\x01').digest();

function seal(code: string, handoff: Handoff): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(code), iv);
  const sealed = [cipher.update(JSON.stringify(handoff), 'utf8'), cipher.final()];
  return Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('base64url');
}

function unseal(code: string, text: string): Handoff {
  try {
    const bytes = Buffer.from(text, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', deriveKey(code), bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const opened = [decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()];
    return JSON.parse(Buffer.concat(opened).toString('utf8')) as Handoff;
  } catch (error) {
    throw expired(`its row cannot be decrypted: ${(error as Error).message}`);
  }
}

/** The one-time codes that a front-end exchanges for a login. */
export class OneTimeCodes {
  constructor(private readonly strapi: Strapi) {}

  /** Creates a code with a lifetime of `ttl` seconds. */
  async issue(handoff: Handoff, ttl: number): Promise<string> {
    const code = randomBytes(CODE_BYTES).toString('base64url');
    const expiresAt = Date.now() + ttl * 1000;
    const row = { digest: sha256Hex(code), sealed: seal(code, handoff), expiresAt };
    // "create" would read the row back.
    await this.rows.createMany({ data: [row] });
    return code;
  }

  /** Consumes a code, which works once; `restore` makes it valid again. @throws {CognitoError} `login_expired`. */
  async redeem(code: string): Promise<Handoff & { readonly restore: () => Promise<void> }> {
    if (!CODE_FORM.test(code)) throw expired('it is malformed');
    const row = await this.consume(sha256Hex(code));
    return { ...unseal(code, row.sealed), restore: () => this.restore(row) };
  }

  private get rows() {
    return this.strapi.db.query(ONE_TIME_CODE);
  }

  /** Deletes a row, and returns it to only one of the requests that want it. */
  private async consume(digest: string): Promise<Row> {
    const where = { digest, expiresAt: { $gt: Date.now() } };
    const row = (await this.rows.findOne({ where })) as Row | null;
    if (!row) throw expired('it is unknown, used or too old');
    // Several requests may have read the row. One of them deletes it.
    const { count } = await this.rows.deleteMany({ where: { digest } });
    if (count !== 1) throw expired('another request used it at the same moment');
    return row;
  }

  private async restore({ digest, sealed, expiresAt }: Row): Promise<void> {
    try {
      await this.rows.createMany({ data: [{ digest, sealed, expiresAt }] });
    } catch (error) {
      // The user has to log in again. The first error is the one to report.
      this.strapi.log.warn(
        `[cognito] could not restore a one-time code: ${quote((error as Error).message)}`,
      );
    }
  }
}

const expired = (why: string) => new CognitoError('login_expired', `one-time code: ${why}`);
