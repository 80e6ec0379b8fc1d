import type { Context } from 'koa';
import type { Strapi } from '../strapi';
import { link, unlink } from './link';
import { logout } from './logout';
import { serveExchange } from './users-permissions';

export function createLoginController({ strapi }: { strapi: Strapi }) {
  return {
    exchange: (ctx: Context) => {
      const { body } = ctx.request as { body?: unknown };
      return serveExchange(strapi, ctx, { body });
    },
    logout: (ctx: Context) => logout(strapi, ctx),
    link: (ctx: Context) => link(strapi, ctx),
    unlink: (ctx: Context) => unlink(strapi, ctx),
  };
}
