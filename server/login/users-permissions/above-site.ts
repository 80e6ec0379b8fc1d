import type { Context } from 'koa';
import { CognitoError } from '../../protocol/errors';
import { requestState } from '../../request-state';
import {
  PROVIDER,
  type Strapi,
  currentRequest,
  extendObject,
  usersPermissions,
} from '../../strapi';
import * as strapiVersion from '../../strapi-version';
import { errors } from '../../strapi-utils';
import { attempt, getRefusal } from '../attempt';
import { stock } from './below-site';
import { blockLocalLogin } from './block-local-login';
import { authCallback, checkEnabled, connectAboveSite } from './providers-connect';
import { recordLogins } from './record-logins';
import { POST_EXCHANGE, copyBodyToQuery, shareGrantResponse } from './request-parameters';
import type { AuthCallback, Factory, Handler, ProvidersRegistry, ProvidersService } from './types';

type AuthController = Partial<Record<string, Handler>>;

interface Registry<T> {
  extend(uid: string, wrap: (original: T) => T): unknown;
}

interface Route {
  readonly method: string;
  readonly path: string;
  /** Schemas for Strapi 5's OpenAPI document. */
  readonly request?: { readonly params?: Readonly<Record<string, unknown>> };
}

interface Routes {
  routes?: Route[];
}

/** Replaces users-permissions' own provider `cognito`, above the code of the site. */
export function extendUsersPermissions(strapi: Strapi): void {
  warnAboutReplacements(strapi);
  const registry = <T>(name: string) => strapiVersion.registry<Registry<T>>(strapi, name);

  registry<ProvidersService>('services').extend(
    'plugin::users-permissions.providers',
    (providers) => {
      const connect = providers.connect.bind(providers);
      return extendObject(providers, {
        connect: (provider: string, query: unknown, ...rest: unknown[]) =>
          provider === PROVIDER
            ? connectAboveSite(strapi, query, (sent) => connect(provider, sent, ...rest))
            : connect(provider, query, ...rest),
      });
    },
  );

  registry<AuthController>('controllers').extend('plugin::users-permissions.auth', (auth) => {
    // On Strapi 4, a plain object is that of the module, which another Strapi in this process uses too.
    const own = Object.getPrototypeOf(auth) === Object.prototype ? { ...auth } : auth;
    return extendObject(own, {
      ...blockLocalLogin(strapi, own),
      ...(own.callback && { callback: wrapAuthCallback(strapi, own.callback.bind(own)) }),
    });
  });

  replaceAuthCallback(strapi);
  addPostRoute(strapi);
}

/** The exchange: users-permissions, or the site, responds. Refusals keep their code. */
function wrapAuthCallback(strapi: Strapi, siteCallback: Handler): Handler {
  return async (ctx, next, ...rest) => {
    const { provider } = ctx.params as { provider?: string };
    if (provider !== PROVIDER) return siteCallback(ctx, next, ...rest);
    // A controller of the site may call this with another context.
    const request = currentRequest(strapi) ?? ctx;
    // A HEAD request must not use up a one-time code.
    if (ctx.method === 'HEAD') {
      ctx.status = 405;
      return undefined;
    }
    copyBodyToQuery(ctx);
    shareGrantResponse(ctx);
    try {
      await refuseGraphqlMutation(strapi, ctx, request);
      const respond = () => siteCallback(ctx, next, ...rest);
      // If a handler has set no body, Strapi responds with its return value. Until then, the status is 404.
      const isReturned = (result: unknown) =>
        (ctx.body ?? null) === null && (result ?? null) !== null;
      const isRefused = (result: unknown) => ctx.status >= 400 && !isReturned(result);
      return await recordLogins(strapi, respond, isRefused);
    } catch (error) {
      const refusal = getRefusal(request, error);
      if (!refusal || requestState(request).hasAnswerRefusals) throw error;
      // GraphQL shows the details of Strapi's own errors.
      throw new errors.ApplicationError(refusal.text, refusal.details);
    }
  };
}

/** GraphQL's mutation `login` does not run the policies and permissions of the route. Other calls are the site's. */
async function refuseGraphqlMutation(
  strapi: Strapi,
  ctx: Context,
  request: Context,
): Promise<void> {
  // The site's own context may have a copy of the state.
  const { route } = { ...request.state, ...ctx.state } as { route?: { info?: { type?: string } } };
  const { body } = ctx.request as { body?: { identifier?: unknown } | null };
  const isMutation = route?.info?.type === 'content-api' && body?.identifier !== undefined;
  if (requestState(request).hasAnswerRefusals || !isMutation) return;
  await attempt(strapi, 'exchange', async () => {
    await checkEnabled(strapi);
    throw new CognitoError('invalid_request', 'the exchange was not called by its route', {
      message: 'A login with Cognito needs the HTTP route /auth/cognito/callback.',
    });
  });
}

/** Logs which parts of users-permissions' own login with Cognito the site has replaced. */
function warnAboutReplacements(strapi: Strapi): void {
  const registry = usersPermissions<ProvidersRegistry>(strapi, 'providers-registry');
  // Each call of the factory creates new functions, so their text is compared.
  const source = (from: ProvidersRegistry) => String(from.get?.(PROVIDER)?.authCallback);
  const original = stock.registry?.({ strapi });
  if (registry.get && original && source(registry) !== source(original)) {
    warnAboutAuthCallback(strapi);
  }
  // Creates the service with the wraps of the site, which call the stock factory unless they replace it.
  usersPermissions(strapi, 'providers');
  if (stock.createdProviders) return;
  strapi.log.warn(
    '[cognito] the site replaces the service "providers" of users-permissions. Its connect decides which user logs ' +
      'in. This plugin only verifies the profile, and checks the user',
  );
}

function warnAboutAuthCallback(strapi: Strapi): void {
  strapi.log.warn(
    '[cognito] the site sets an authCallback for the provider cognito. It is not used, because this plugin verifies the ' +
      'tokens. If it checks who may log in, or adds fields, wrap providers.connect instead, or use mapProfile',
  );
}

/** Replaces the built-in `authCallback`, which identifies users only by email. Its icon and its settings stay. */
function replaceAuthCallback(strapi: Strapi): void {
  const registry = usersPermissions<ProvidersRegistry>(strapi, 'providers-registry');
  const ours: AuthCallback = ({ query }) => authCallback(strapi, query);
  const add = registry.add?.bind(registry);
  const register = registry.register?.bind(registry);
  if (add) {
    // The site may set it in the object, too.
    const own = { enumerable: true, get: () => ours, set: () => warnAboutAuthCallback(strapi) };
    const addOurs = (provider?: object) =>
      add(PROVIDER, Object.defineProperty({ ...provider }, 'authCallback', own));
    addOurs(registry.get?.(PROVIDER));
    const addOther: typeof add = (name, provider) => {
      if (name === PROVIDER) {
        warnAboutAuthCallback(strapi);
        addOurs(provider);
      } else add(name, provider);
    };
    // The site may have frozen it.
    Reflect.set(registry, 'add', addOther);
  } else if (register) {
    register(PROVIDER, () => ours);
    const registerOther: typeof register = (name, makeCallback) => {
      if (name === PROVIDER) warnAboutAuthCallback(strapi);
      else register(name, makeCallback);
    };
    Reflect.set(registry, 'register', registerOther);
  }
}

/** Adds a POST route beside the GET route of users-permissions, with its handler, policies and middlewares. */
function addPostRoute(strapi: Strapi): void {
  const plugin = strapi.plugin('users-permissions') as unknown as {
    routes: Record<string, Routes | Factory<Routes> | undefined>;
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
      '[cognito] the route GET /auth/:provider/callback is missing: no login can complete, except through a route of your own',
    );
    return;
  }
  const { request } = get;
  // The generator of the OpenAPI document reads the name of the parameter from the path, as it is.
  const params = request?.params && { 'provider(cognito)': request.params.provider };
  const post = { ...get, ...POST_EXCHANGE, ...(params && { request: { ...request, params } }) };
  router.routes = [...router.routes, post];
}
