import type { Context } from 'koa';
import { searchIdentities, unlinkIdentity } from '../accounts/identities';
import { recordUnlink } from '../login/link';
import { MAX_RECORDS, loginRecords, wasEverUsed } from '../login/login-records';
import type { Strapi } from '../strapi';
import { errors } from '../strapi-utils';
import type { IdentitiesPage, LoginRecord } from '../admin-contract';
import { parseId, parseListQuery, parseLoginsQuery } from './paging';

const adminId = (ctx: Context): number | string =>
  (ctx.state as { user?: { id?: number } }).user?.id ?? '';

export function createAdminIdentitiesController({ strapi }: { strapi: Strapi }) {
  return {
    async find(ctx: Context) {
      const found = await searchIdentities(strapi, parseListQuery(ctx.query));
      const everUsed = found.pagination.total > 0 || (await wasEverUsed(strapi));
      ctx.body = { ...found, everUsed } satisfies IdentitiesPage;
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
  };
}

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
