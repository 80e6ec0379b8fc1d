import type { Context } from 'koa';
import type { Strapi } from '../strapi';
import { link, linkStatus, unlink } from './link';
import { logout } from './logout';

export function createLoginController({ strapi }: { strapi: Strapi }) {
  return {
    logout: (ctx: Context) => logout(strapi, ctx),
    link: (ctx: Context) => link(strapi, ctx),
    unlink: (ctx: Context) => unlink(strapi, ctx),
    linkStatus: (ctx: Context) => linkStatus(strapi, ctx),
  };
}
