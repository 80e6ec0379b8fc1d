import type { IncomingMessage } from 'node:http';
import type { Context } from 'koa';
import type { Strapi } from '../strapi';

/** The addresses that get codes and tokens, in the letter case that Strapi's router is content with. */
const CARRIES_SECRETS = /\/(?:connect|auth)\/cognito\/callback\/?$/i;

const hidden = new WeakMap<IncomingMessage, unknown>();

/**
 * Takes the query off requests that bring codes and tokens: Strapi's logger writes the URL of every
 * request into the log. It does so at the end, and looks then; this comes after the logger and
 * before the router, so that a request that is turned away (a permission, the rate limit, another
 * method) is not written down either. To be called when Strapi's own middlewares are there.
 */
export function hideQueries(strapi: Strapi): void {
  strapi.server.use((ctx, next) => {
    if (CARRIES_SECRETS.test(ctx.path)) {
      hidden.set(ctx.req, ctx.query);
      ctx.url = ctx.path;
    }
    return next();
  });
}

/** The query of a request, hidden or not. */
export function queryOf(ctx: Context): unknown {
  // GraphQL calls controllers with requests of its own.
  return hidden.get(ctx.req) ?? ctx.query;
}
