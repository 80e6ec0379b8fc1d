import type { Context } from 'koa';
import { CognitoError } from '../protocol/errors';
import { requestState } from '../request-state';
import { requireConnection } from '../settings/settings';
import { settingsService } from '../settings/service';
import {
  PROVIDER,
  type Strapi,
  type User,
  currentRequest,
  extendObject,
  usersPermissions,
} from '../strapi';
import { strapiVersion } from '../strapi-version';
import { errors } from '../strapi-utils';
import { connectPrefix } from '../urls';
import { attempt, getRefusal } from './attempt';
import { type Handler, blockLocalLogin } from './block-local-login';
import {
  POST_EXCHANGE,
  type RunProvider,
  authCallback,
  connectThroughSite,
  copyBodyToQuery,
  recordLogins,
  shareGrantResponse,
} from './providers-connect';

type AuthController = Partial<Record<string, Handler>>;

/** The service `providers` of users-permissions. */
export interface ProvidersService {
  connect(provider: string, query: unknown, ...rest: unknown[]): Promise<User>;
}

/** Creates a middleware for the routes that name it. */
type MiddlewareFactory = (config: object, context: { strapi: Strapi }) => Handler;

/** Strapi's registry of services, of controllers, or of middlewares. */
interface Registry<T> {
  extend(uid: string, wrap: (original: T) => T): unknown;
}

/** A route of users-permissions, which the site may have changed. */
interface Route {
  method: string;
  path: string;
  handler: unknown;
  config?: unknown;
}

interface Routes {
  routes?: Route[];
}

/** On Strapi 5, a function may create the routes. */
type Router = Routes | ((context: { strapi: Strapi }) => Routes) | undefined;

type AuthCallback = (context: { query: unknown }) => Promise<unknown>;

/** The providers of users-permissions, which has `add` since 4.25.23, and `register` before. */
export interface ProvidersRegistry {
  get?(name: string): { authCallback?: AuthCallback } | undefined;
  readonly run?: RunProvider;
  readonly add?: (name: string, provider: { authCallback?: AuthCallback }) => void;
  readonly register?: (name: string, makeCallback: () => AuthCallback) => void;
}

/** A warning for the operator. */
export const UNUSED_AUTH_CALLBACK =
  'the site sets an authCallback for the provider cognito. It is not used: this plugin verifies the tokens';

/** Replaces users-permissions' own provider `cognito`, over the code of the site. */
export function extendUsersPermissions(strapi: Strapi): void {
  const registry = <T>(name: string) => strapiVersion.registry<Registry<T>>(strapi, name);

  registry<ProvidersService>('services').extend(
    'plugin::users-permissions.providers',
    (providers) => {
      const connect = providers.connect.bind(providers);
      return extendObject(providers, {
        connect: (provider: string, query: unknown, ...rest: unknown[]) =>
          provider === PROVIDER
            ? connectThroughSite(strapi, query, (sent) => connect(provider, sent, ...rest))
            : connect(provider, query, ...rest),
      });
    },
  );

  // Ten logins a minute are too few for an office behind one address. The plugin limits its routes itself.
  registry<MiddlewareFactory>('middlewares').extend(
    'plugin::users-permissions.rateLimit',
    (make) => (config, context) => {
      const limit = make(config, context);
      return (ctx, next) => (connectStep(strapi, ctx) === undefined ? limit(ctx, next) : next());
    },
  );

  registry<AuthController>('controllers').extend('plugin::users-permissions.auth', (auth) =>
    extendObject(auth, {
      ...blockLocalLogin(strapi, auth),
      ...(auth.callback && { callback: wrapAuthCallback(strapi, auth.callback.bind(auth)) }),
    }),
  );

  replaceAuthCallback(strapi);
  addPostRoute(strapi);
}

/** The exchange: users-permissions, or the site, responds. Refusals keep their code. */
function wrapAuthCallback(strapi: Strapi, siteCallback: Handler): Handler {
  return async (ctx, next, ...rest) => {
    const { provider } = ctx.params as { provider?: string };
    if (provider !== PROVIDER) return siteCallback(ctx, next, ...rest);
    // A controller of the site may call this with a context of its own.
    const request = currentRequest(strapi) ?? ctx;
    // A HEAD request must not use up a one-time code.
    if (ctx.method === 'HEAD') {
      ctx.status = 405;
      return undefined;
    }
    copyBodyToQuery(ctx);
    shareGrantResponse(ctx);
    try {
      await attempt(strapi, 'exchange', () => checkExchange(strapi, request));
      const respond = () => siteCallback(ctx, next, ...rest);
      // Strapi responds with what a handler returns, if it has set no body: until then, the status is 404.
      const isReturned = (result: unknown) =>
        (ctx.body ?? null) === null && (result ?? null) !== null;
      const isRefused = (result: unknown) => ctx.status >= 400 && !isReturned(result);
      return await recordLogins(strapi, respond, isRefused);
    } catch (error) {
      const refusal = getRefusal(request, error);
      if (!refusal || requestState(request).isAnswered) throw error;
      // GraphQL shows the details of Strapi's own errors.
      throw new errors.ApplicationError(refusal.message, refusal.details);
    }
  };
}

async function checkExchange(strapi: Strapi, ctx: Context): Promise<void> {
  const settings = await settingsService(strapi).current();
  if (!settings.enabled) requireConnection(settings);
  const { route } = ctx.state as { route?: { info?: { type?: string } } };
  if (requestState(ctx).isAnswered || route?.info?.type !== 'content-api') return;
  // GraphQL does not run the policies and permissions of the route. Routes outside of the content API are the site's.
  throw new CognitoError('invalid_request', 'the exchange was not called by its route', {
    message: 'A login with Cognito needs the HTTP route /auth/cognito/callback.',
  });
}

/**
 * Replaces the built-in provider in the registry too, because it finds users by email only. Its icon and its stored
 * settings stay.
 */
function replaceAuthCallback(strapi: Strapi): void {
  const registry = usersPermissions<ProvidersRegistry>(strapi, 'providers-registry');
  const ours: AuthCallback = ({ query }) => authCallback(strapi, query);
  const add = registry.add?.bind(registry);
  const register = registry.register?.bind(registry);
  add?.(PROVIDER, { ...registry.get?.(PROVIDER), authCallback: ours });
  if (!add) register?.(PROVIDER, () => ours);
  const warn = () => strapi.log.warn(`[cognito] ${UNUSED_AUTH_CALLBACK}`);
  if (add) {
    const addOther: typeof add = (name, provider) => {
      const isOurs = name === PROVIDER;
      if (isOurs) warn();
      add(name, isOurs ? { ...provider, authCallback: ours } : provider);
    };
    // The site may have frozen it.
    Reflect.set(registry, 'add', addOther);
  }
  if (register) {
    const registerOther: typeof register = (name, makeCallback) => {
      if (name === PROVIDER) warn();
      else register(name, makeCallback);
    };
    Reflect.set(registry, 'register', registerOther);
  }
}

/** Adds a POST route beside the GET route of users-permissions, with its handler, policies and middlewares. */
function addPostRoute(strapi: Strapi): void {
  const plugin = strapi.plugin('users-permissions') as unknown as {
    routes: Record<string, Router>;
  };
  let router = plugin.routes['content-api'];
  if (typeof router === 'function') {
    // Strapi 5 does the same with all routes, right after this.
    router = router({ strapi });
    plugin.routes = { ...plugin.routes, 'content-api': router };
  }
  const get = router?.routes?.find(
    ({ method, path }) => method === 'GET' && path === '/auth/:provider/callback',
  );
  if (!router?.routes || !get) {
    strapi.log.warn(
      '[cognito] the route GET /auth/:provider/callback is missing: no login can be completed',
    );
    return;
  }
  const shared = (key: 'handler' | 'config') => ({
    enumerable: true,
    configurable: true,
    get: () => get[key],
    set: (value: unknown) => {
      get[key] = value;
    },
  });
  const post = Object.defineProperties(
    { ...POST_EXCHANGE },
    { handler: shared('handler'), config: shared('config') },
  );
  router.routes = [...router.routes, post as Route];
}

/**
 * The part of the path after `/api/connect/cognito/`; `undefined` for another provider. As in users-permissions, the
 * path decides: the site may have routes of its own with that handler.
 */
export function connectStep(strapi: Strapi, { path }: Context): string | undefined {
  const prefix = `${connectPrefix(strapi)}/`;
  if (!path.toLowerCase().startsWith(prefix.toLowerCase())) return undefined;
  const [provider, ...step] = path.slice(prefix.length).split('/');
  return provider === PROVIDER ? step.join('/') : undefined;
}
