import type { Context } from 'koa';
import { forgetIdentity } from '../accounts/identities';
import { searchIdentities } from '../accounts/identity-search';
import { listLogins } from '../login/login-list';
import type { Strapi } from '../strapi';
import { strapiUtils } from '../strapi-utils';
import { idOf, pageOf, readAsked } from './paging';

export function createAdminIdentitiesController({ strapi }: { strapi: Strapi }) {
  return {
    async find(ctx: Context) {
      const asked = readAsked(ctx.query);
      const { page, pageSize } = asked;
      const part = { offset: (page - 1) * pageSize, limit: pageSize };
      const { rows, total } = await searchIdentities(strapi, asked, part);
      ctx.body = pageOf(rows, asked, total);
    },

    async unlink(ctx: Context) {
      const { id: given } = ctx.params as { id?: string };
      const id = idOf(given);
      if (id === undefined || !(await forgetIdentity(strapi, id))) {
        throw new (strapiUtils().errors.NotFoundError)();
      }
      const { user } = ctx.state as { user?: { id?: number } };
      strapi.log.info(`[cognito] administrator ${user?.id ?? ''} unlinked identity ${id}`);
      ctx.status = 204;
    },

    async logins(ctx: Context) {
      const asked = readAsked(ctx.query);
      const { rows, total } = await listLogins(strapi, asked);
      ctx.body = pageOf(rows, asked, total);
    },
  };
}
