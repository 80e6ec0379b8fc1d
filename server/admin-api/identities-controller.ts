import type { Context } from 'koa';
import { searchIdentities, unlinkIdentity } from '../accounts/identities';
import { recordUnlink } from '../login/link';
import { loginRecords } from '../login/login-records';
import type { Strapi } from '../strapi';
import { strapiUtils } from '../strapi-utils';
import type { IdentitiesPage } from '../admin-contract';
import { csvHeader, toCsvLine } from './csv';
import { parseId, parseListQuery, parseLoginsQuery, toPage } from './paging';
import { wasEverUsed } from './usage';

/** Logins that are read at a time for an export. */
const CSV_BATCH = 500;

const adminId = (ctx: Context): number | string =>
  (ctx.state as { user?: { id?: number } }).user?.id ?? '';

export function createAdminIdentitiesController({ strapi }: { strapi: Strapi }) {
  return {
    async find(ctx: Context) {
      const asked = parseListQuery(ctx.query);
      const { page, pageSize } = asked;
      const part = { offset: (page - 1) * pageSize, limit: pageSize };
      const { rows, total } = await searchIdentities(strapi, asked, part);
      const everUsed = total > 0 || (await wasEverUsed(strapi));
      ctx.body = { ...toPage(rows, asked, total), everUsed } satisfies IdentitiesPage;
    },

    async unlink(ctx: Context) {
      const { id: given } = ctx.params as { id?: string };
      const id = parseId(given);
      const userId = id === undefined ? undefined : await unlinkIdentity(strapi, id);
      if (userId === undefined) throw new (strapiUtils().errors.NotFoundError)();
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
      const lines: string[] = [];
      for (let page = 1, total = 1; lines.length < total; page += 1) {
        const found = await loginRecords(strapi).list({ ...asked, page, pageSize: CSV_BATCH });
        if (found.rows.length === 0) break;
        ({ total } = found);
        lines.push(...found.rows.map(toCsvLine));
      }
      strapi.log.info(`[cognito] administrator ${adminId(ctx)} exported ${lines.length} logins`);
      ctx.set('Cache-Control', 'no-store');
      ctx.attachment('cognito-logins.csv');
      ctx.type = 'text/csv; charset=utf-8';
      ctx.body = csvHeader + lines.join('');
    },
  };
}
