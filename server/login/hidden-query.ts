import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { Strapi } from '../strapi';

/** The addresses that get codes and tokens, in the letter case that Strapi's router is content with. */
const CARRIES_SECRETS = /\/(?:connect|auth)\/cognito\/(?:callback|link)/i;

const hidden = new WeakMap<IncomingMessage, unknown>();

/**
 * Takes the query off requests that bring codes and tokens: Strapi's logger writes the URL of every
 * request into the log. This comes before all other middlewares, so that a request that is turned
 * away by one of them (a CORS preflight, a permission, the rate limit) is not written down either.
 */
export function hideQueries(strapi: Strapi): void {
  const hide: Middleware = (ctx, next) => {
    if (ctx.querystring !== '' && CARRIES_SECRETS.test(decoded(ctx.path))) {
      hidden.set(ctx.req, ctx.query);
      ctx.url = ctx.path;
      // Other loggers look here.
      ctx.originalUrl = ctx.path;
      ctx.request.originalUrl = ctx.path;
    }
    return next();
  };
  strapi.server.app.middleware.unshift(hide);
}

/** The path as the router will read its parameters. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The query of a request, hidden or not. */
export function queryOf(ctx: Context): unknown {
  // GraphQL calls controllers with requests of its own.
  return hidden.get(ctx.req) ?? ctx.query;
}
