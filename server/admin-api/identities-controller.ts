import type { Context } from 'koa';
import { searchIdentities, unlinkIdentity } from '../accounts/identities';
import { recordUnlink } from '../login/link';
import { loginRecords, wasEverUsed } from '../login/login-records';
import type { Strapi } from '../strapi';
import { errors } from '../strapi-utils';
import type { IdentitiesPage, LoginRecord } from '../admin-contract';
import { parseId, parseListQuery, parseLoginsQuery, toPage } from './paging';

/** How many logins an export reads at a time. */
const CSV_BATCH = 500;

const adminId = (ctx: Context): number | string =>
  (ctx.state as { user?: { id?: number } }).user?.id ?? '';

export function createAdminIdentitiesController({ strapi }: { strapi: Strapi }) {
  return {
    async find(ctx: Context) {
      const asked = parseListQuery(ctx.query);
      const { rows, total } = await searchIdentities(strapi, asked);
      const everUsed = total > 0 || (await wasEverUsed(strapi));
      ctx.body = { ...toPage(rows, asked, total), everUsed } satisfies IdentitiesPage;
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
      const asked = parseLoginsQuery(ctx.query);
      const { rows, total } = await loginRecords(strapi).list(asked);
      ctx.set('Cache-Control', 'no-store');
      ctx.body = toPage(rows, asked, total);
    },

    async csv(ctx: Context) {
      const asked = parseLoginsQuery(ctx.query);
      const batch = { ...asked, page: 1, pageSize: CSV_BATCH };
      const lines: string[] = [];
      let before: LoginRecord | undefined;
      do {
        const { rows } = await loginRecords(strapi).list({ ...batch, before });
        lines.push(...rows.map(toCsvLine));
        before = rows[CSV_BATCH - 1];
      } while (before);
      strapi.log.info(`[cognito] administrator ${adminId(ctx)} exported ${lines.length} logins`);
      ctx.set('Cache-Control', 'no-store');
      ctx.attachment('cognito-logins.csv');
      ctx.type = 'text/csv; charset=utf-8';
      ctx.body = header + lines.join('');
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
  const safe = /^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A login as a line of the file. */
function toCsvLine({ at, user, subject, email, step, outcome }: LoginRecord): string {
  const cells = [at, user?.id, user?.username, user?.email ?? email, subject, step, outcome];
  return `${cells.map(toCell).join(',')}\r\n`;
}
