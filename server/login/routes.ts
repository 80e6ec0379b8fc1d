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

/** The handlers check the user. The scope is frozen: Strapi would add the permission of the handler to it. */
const authenticatedOnly = { prefix: '', auth: { scope: Object.freeze([]) } } as const;
const anonymous = { prefix: '', auth: false } as const;

const LINK = '/auth/cognito/link';

/** The plugin's own routes. For `cognito`, the plugin also handles those of users-permissions. */
export const loginRoutes = [
  { method: 'GET', path: '/auth/cognito/logout', handler: 'login.logout', config: anonymous },
  { method: 'GET', path: LINK, handler: 'login.linkStatus', config: authenticatedOnly },
  { method: 'POST', path: LINK, handler: 'login.link', config: authenticatedOnly },
  { method: 'DELETE', path: LINK, handler: 'login.unlink', config: authenticatedOnly },
] as const;
