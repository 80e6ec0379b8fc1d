import type { Context } from 'koa';
import type { AnySchema, InferType } from 'yup';
import { searchIdentities, unlinkIdentity } from '../accounts/identities';
import { recordUnlink } from '../login/link';
import { MAX_RECORDS, loginRecords } from '../login/login-records';
import type { Strapi } from '../strapi';
import { errors, validateYupSchemaSync, yup } from '../strapi-utils';
import type { LoginRecord } from '../admin-contract';

/** The largest id in a database column. */
const MAX_ID = 2 ** 31 - 1;

/** An id in a query or a path; `undefined` if it is invalid. */
function parseId(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^[1-9]\d{0,9}$/.test(text)) return undefined;
  return Number(text) <= MAX_ID ? Number(text) : undefined;
}

const wholeNumber = (max: number) => {
  const expected = `expected a whole number from 1 to ${max}`;
  const number = yup.number().transform((_, text: unknown) => parseId(text) ?? NaN);
  return number.typeError(expected).max(max, expected);
};
const text = (pattern: RegExp, expected: string) =>
  yup.string().typeError(expected).matches(pattern, expected);

const listQuery = yup.object({
  page: wholeNumber(MAX_ID).default(1),
  pageSize: wholeNumber(100).default(10),
  user: wholeNumber(MAX_ID),
  /** The start of a username or an email, or a user's id; never empty. */
  q: text(/^[^\0]{0,255}$/, 'expected a text of at most 255 characters').transform(
    (given: unknown) => (typeof given === 'string' ? given.trim() || undefined : given),
  ),
});

const loginsQuery = listQuery.shape({
  failed: text(/^(true|false)$/, 'expected true or false'),
  outcome: text(/^[a-z_]{1,64}$/, 'expected ok or the code of an error'),
});

/** Reads the query of a list. @throws {ValidationError} Strapi's error, 400, which names each wrong parameter. */
const parseListQuery = (query: unknown) => parse(listQuery, query);

/** Reads the query of the list of logins. @throws {ValidationError} as {@link parseListQuery}. */
function parseLoginsQuery(query: unknown) {
  const { failed, ...asked } = parse(loginsQuery, query);
  return { ...asked, failed: failed === 'true' };
}

function parse<Schema extends AnySchema>(schema: Schema, query: unknown): InferType<Schema> {
  const validate = validateYupSchemaSync(schema, { strict: false, stripUnknown: true });
  return validate(query, 'The query is wrong.') as InferType<Schema>;
}

const adminId = (ctx: Context): number | string =>
  (ctx.state as { user?: { id?: number } }).user?.id ?? '';

export const createAdminIdentitiesController = ({ strapi }: { strapi: Strapi }) => ({
  async find(ctx: Context) {
    ctx.body = await searchIdentities(strapi, parseListQuery(ctx.query));
  },

  async unlink(ctx: Context) {
    const { id: given } = ctx.params as { id?: string };
    const id = parseId(given);
    const userId = id === undefined ? undefined : await unlinkIdentity(strapi, id);
    if (userId === undefined) throw new errors.NotFoundError();
    recordUnlink(strapi, userId);
    strapi.log.info(
      `[cognito] administrator ${adminId(ctx)} unlinked identity ${id} of user ${userId}`,
    );
    ctx.status = 204;
  },

  async logins(ctx: Context) {
    ctx.body = await loginRecords(strapi).list(parseLoginsQuery(ctx.query));
    ctx.set('Cache-Control', 'no-store');
  },

  async csv(ctx: Context) {
    const asked = parseLoginsQuery(ctx.query);
    const all = { ...asked, page: 1, pageSize: MAX_RECORDS };
    const { results } = await loginRecords(strapi).list(all);
    strapi.log.info(`[cognito] administrator ${adminId(ctx)} exported ${results.length} logins`);
    ctx.set('Cache-Control', 'no-store');
    ctx.attachment('cognito-logins.csv');
    ctx.type = 'text/csv; charset=utf-8';
    ctx.body = header + results.map(toCsvLine).join('');
  },
});

/** @see https://www.rfc-editor.org/rfc/rfc4180 */
const header = 'time,user_id,username,email,sub,step,outcome\r\n';

/**
 * A cell that no spreadsheet interprets as a formula, because users choose their own usernames.
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
function toCell(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  // In some languages, spreadsheets separate cells by semicolons.
  const safe = text.replace(/(^|[;\t\r\n])(?=\s*[=+\-@\t\r])/g, "$1'");
  return /[",;\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function toCsvLine({ at, user, subject, email, step, outcome }: LoginRecord): string {
  const cells = [at, user?.id, user?.username, user?.email ?? email, subject, step, outcome];
  return `${cells.map(toCell).join(',')}\r\n`;
}
