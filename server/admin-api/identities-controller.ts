import type { Context } from 'koa';
import { searchIdentities, unlinkIdentity } from '../accounts/identities';
import { recordUnlink } from '../login/link';
import { loginRecords } from '../login/login-records';
import type { Strapi } from '../strapi';
import { strapiUtils } from '../strapi-utils';
import { parseId, toPage, parseListQuery } from './paging';

export function createAdminIdentitiesController({ strapi }: { strapi: Strapi }) {
  return {
    async find(ctx: Context) {
      const asked = parseListQuery(ctx.query);
      const { page, pageSize } = asked;
      const part = { offset: (page - 1) * pageSize, limit: pageSize };
      const { rows, total } = await searchIdentities(strapi, asked, part);
      ctx.body = toPage(rows, asked, total);
    },

    async unlink(ctx: Context) {
      const { id: given } = ctx.params as { id?: string };
      const id = parseId(given);
      const userId = id === undefined ? undefined : await unlinkIdentity(strapi, id);
      if (userId === undefined) throw new (strapiUtils().errors.NotFoundError)();
      recordUnlink(strapi, userId);
      const { user } = ctx.state as { user?: { id?: number } };
      strapi.log.info(
        `[cognito] administrator ${user?.id ?? ''} unlinked identity ${id} of user ${userId}`,
      );
      ctx.status = 204;
    },

    async logins(ctx: Context) {
      const asked = parseListQuery(ctx.query);
      const { rows, total } = await loginRecords(strapi).list(asked);
      ctx.body = toPage(rows, asked, total);
    },
  };
}
