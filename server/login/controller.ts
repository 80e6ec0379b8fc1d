import type { Context } from 'koa';
import type { Strapi } from '../strapi';
import { serveExchange } from './users-permissions';

export function createLoginController({ strapi }: { strapi: Strapi }) {
  return {
    exchange: (ctx: Context) => {
      const { body } = ctx.request as { body?: unknown };
      return serveExchange(strapi, ctx, body);
    },
  };
}
