import type { Context } from 'koa';
import { isCheckId } from '../diagnostics/checks';
import { factsOf } from '../diagnostics/request-facts';
import { type Strapi, service } from '../strapi';

export function createAdminDiagnosticsController({ strapi }: { strapi: Strapi }) {
  return {
    async find(ctx: Context) {
      ctx.set('Cache-Control', 'no-store');
      ctx.body = await service(strapi, 'diagnostics').all(factsOf(ctx));
    },
    async findOne(ctx: Context) {
      const { id } = ctx.params as { id?: string };
      if (!isCheckId(id)) return ctx.throw(404);
      ctx.set('Cache-Control', 'no-store');
      ctx.body = await service(strapi, 'diagnostics').one(id, factsOf(ctx));
    },
  };
}
