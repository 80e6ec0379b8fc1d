import type { Context } from 'koa';
import { requestState } from '../../request-state';
import { isObject } from '../../settings/schema';
import { readsGrantResponse } from '../../strapi-version';
import { BODY_PARAMETERS } from '../exchange';

/** The plugin's own route, beside the GET route of users-permissions. */
export const POST_EXCHANGE = { method: 'POST', path: '/auth/:provider(cognito)/callback' } as const;

/** The body of a request to the plugin's own route; `undefined` for any other request. */
export function postedBody(ctx: Context | undefined): unknown {
  const { route } = (ctx?.state ?? {}) as { route?: { method?: string; path?: string } };
  const isPost = route?.method === POST_EXCHANGE.method && route.path === POST_EXCHANGE.path;
  return isPost ? ((ctx?.request as { body?: unknown }).body ?? {}) : undefined;
}

/**
 * Gives `ctx.query` the parameters of the body, so code of the site can read them in the same way for POST and GET.
 * Credentials come from the body only, so the site and the plugin see the same login.
 */
export function copyBodyToQuery(ctx: Context): void {
  if (postedBody(ctx) === undefined) return;
  const value = mergeBody(ctx, ctx.query);
  const query = { value, writable: true, configurable: true, enumerable: true };
  // `ctx.query` is that of the request, unless a middleware of the site has set it, perhaps for good.
  const holders = Object.hasOwn(ctx, 'query') ? [ctx.request, ctx] : [ctx.request];
  if (holders.every((holder) => Reflect.defineProperty(holder, 'query', query))) {
    requestState(ctx).hasBodyInQuery = true;
  }
}

/**
 * users-permissions 5 reads the parameters from `ctx.session.grant.response`, where Grant would put them. A login
 * with Cognito needs no session, and its tokens must not get into the session cookie, so they are set only for this
 * request.
 */
export function shareGrantResponse(ctx: Context): void {
  if (!readsGrantResponse) return;
  const koa = Object.getPrototypeOf(ctx) as object;
  // A site may have set its own session.
  const own = Object.getOwnPropertyDescriptor(ctx, 'session');
  const holder = own ? (Object.create(koa, { session: own }) as object) : koa;
  const receiver = own ? holder : ctx;
  Reflect.defineProperty(ctx, 'session', {
    configurable: true,
    get: () => {
      const session = (Reflect.get(holder, 'session', receiver) ?? {}) as { grant?: object };
      // Code of the site may have put credentials there, too.
      const query: unknown = ctx.query;
      const isSent = BODY_PARAMETERS.some((name) => isObject(query) && Object.hasOwn(query, name));
      const response = { response: query };
      return new Proxy(session, {
        get: (target, name): unknown =>
          name === 'grant'
            ? { ...response, ...target.grant, ...(isSent && response) }
            : Reflect.get(target, name),
      });
    },
    set: (value) => Reflect.set(holder, 'session', value, receiver),
  });
}

/** The parameters that `connect` is called with, and the parameters of the body if the site has not passed them on. */
export function mergeBody(ctx: Context | undefined, query: unknown): unknown {
  const body = postedBody(ctx);
  if (!ctx || body === undefined || requestState(ctx).hasBodyInQuery) return query;
  const credentials: readonly string[] = BODY_PARAMETERS;
  const others = Object.entries(isObject(query) ? query : {}).filter(
    ([name]) => !credentials.includes(name),
  );
  return { ...Object.fromEntries(others), ...(isObject(body) && body) };
}
