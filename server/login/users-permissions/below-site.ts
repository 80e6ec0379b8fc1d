import { createRequire } from 'node:module';
import type { CognitoError } from '../../protocol/errors';
import { currentState } from '../../request-state';
import { PROVIDER, type Strapi, usersPermissions } from '../../strapi';
import { errors } from '../../strapi-utils';
import { type Controller, extendController, serverFile } from '../../strapi-version';
import { attempt } from '../attempt';
import { callback } from '../callback';
import { cognitoConnectPath, connect } from '../connect';
import { checkEnabled, connectBelowSite } from './providers-connect';
import type { Factory, Handler, ProvidersRegistry, ProvidersService, RunProvider } from './types';

interface JwtService {
  issue(payload: object, ...rest: unknown[]): unknown;
}

interface AuthHandlers {
  callback: Handler;
  connect: Handler;
}

type RateLimit = (config: object, context: { strapi: Strapi }) => Handler;

/** The server module of users-permissions, before the site's extension changes it. */
interface UsersPermissionsModule {
  readonly services: {
    providers: Factory<ProvidersService>;
    readonly 'providers-registry': Factory<ProvidersRegistry>;
    jwt: Factory<JwtService>;
  };
  readonly controllers: { auth: Controller<AuthHandlers> };
  readonly middlewares: { rateLimit: RateLimit };
}

type Extend<T> = (original: T) => T;

const INSTALLED = Symbol.for('strapi-plugin-cognito.below-site');

/** The stock services: the factory of the registry, and whether the factory of `providers` was called. */
export const stock: { registry?: Factory<ProvidersRegistry>; createdProviders: boolean } = {
  createdProviders: false,
};

/** The registry's `run`, if code of the site has changed it. */
function changedRun(strapi: Strapi): RunProvider | undefined {
  const registry = usersPermissions<ProvidersRegistry>(strapi, 'providers-registry');
  const run = String(registry.run);
  // A plugin that Strapi has loaded before may have wrapped it already.
  const isStock =
    run === String(stock.registry?.({ strapi }).run) && /Unknown (?:auth )?provider/.test(run);
  // Without either method, it would call the built-in provider.
  const isExtensible = (registry.add ?? registry.register) !== undefined;
  return isStock || !isExtensible ? undefined : registry.run?.bind(registry);
}

/**
 * Refuses a login if the provider is off or the rate limit is exceeded, where users-permissions does: below the code of
 * the site, which may respond to the error itself.
 */
async function requireEnabled(strapi: Strapi): Promise<void> {
  try {
    await attempt(strapi, 'exchange', () => checkEnabled(strapi));
  } catch (error) {
    // As users-permissions throws it.
    throw new errors.ApplicationError((error as CognitoError).message);
  }
}

/**
 * Changes the module of users-permissions before `src/extensions` wraps or replaces anything in it, so the plugin is
 * below the code of the site. Strapi loads the server modules of all plugins first.
 */
export function installBelowSite(): void {
  const { strapi } = globalThis as { strapi?: Strapi };
  const path = strapi?.config.get<string | undefined>(
    'enabledPlugins.users-permissions.pathToPlugin',
  );
  // Not loaded by Strapi, as in a unit test.
  if (path === undefined) return;
  const entry = serverFile(path);
  const loaded: unknown = createRequire(entry)(entry);
  const { services, controllers, middlewares } = (
    typeof loaded === 'function' ? (loaded as () => unknown)() : loaded
  ) as UsersPermissionsModule;
  if (Object.hasOwn(services, INSTALLED)) return;
  Object.defineProperty(services, INSTALLED, { value: true });

  stock.registry = services['providers-registry'];
  if (isStockFactory(services.providers)) services.providers = extendProviders(services.providers);
  services.jwt = extendJwt(services.jwt);
  middlewares.rateLimit = extendRateLimit(middlewares.rateLimit);
  controllers.auth = extendController(controllers.auth, extendAuth);
}

/**
 * Whether a factory is that of users-permissions. A plugin that Strapi has loaded before may have wrapped it already.
 * The plugin then is not below that wrap, and treats it like a `connect` that the site has replaced.
 */
const isStockFactory = (createProviders: Factory<ProvidersService>): boolean =>
  // Only that of users-permissions reads the setting itself.
  String(createProviders).includes('allow_register');

const extendProviders: Extend<Factory<ProvidersService>> = (createService) => (context) => {
  stock.createdProviders = true;
  const service = createService(context);
  return {
    ...service,
    connect: (provider, query, ...rest) =>
      provider === PROVIDER
        ? connectBelowSite(context.strapi, query, changedRun(context.strapi))
        : service.connect(provider, query, ...rest),
  };
};

/** The JWT contains the time of the login at Cognito, because linking needs a recent login. */
const extendJwt: Extend<Factory<JwtService>> = (createService) => (context) => {
  const service = createService(context);
  return {
    ...service,
    issue(payload, ...rest) {
      const { authTime } = currentState(context.strapi);
      if (authTime === undefined) return service.issue(payload, ...rest);
      // users-permissions calls it, too.
      const { toJSON } = payload as { toJSON?: () => object };
      const claims = toJSON ? toJSON.call(payload) : payload;
      return service.issue({ ...claims, auth_time: authTime }, ...rest);
    },
  };
};

/** Ten logins a minute are too few for an office behind one address. The plugin limits its routes itself. */
const extendRateLimit: Extend<RateLimit> = (createMiddleware) => {
  const extended: RateLimit = (config, context) => {
    const limit = createMiddleware(config, context);
    return (ctx, next) =>
      cognitoConnectPath(context.strapi, ctx) === undefined ? limit(ctx, next) : next();
  };
  // A rate limit of the site may use its functions, such as `buildPrefixKey`.
  return Object.assign(extended, createMiddleware);
};

const extendAuth = (auth: AuthHandlers, current: () => Strapi): AuthHandlers => ({
  ...auth,
  async callback(ctx, next, ...rest) {
    const { provider } = ctx.params as { provider?: string };
    if (provider === PROVIDER) await requireEnabled(current());
    return auth.callback(ctx, next, ...rest);
  },
  connect(ctx, next, ...rest) {
    const path = cognitoConnectPath(current(), ctx);
    if (path === undefined) return auth.connect(ctx, next, ...rest);
    if (ctx.method === 'HEAD') {
      ctx.status = 405;
      return undefined;
    }
    if (path === 'callback') return callback(current(), ctx);
    return path === '' ? connect(current(), ctx) : ctx.notFound();
  },
});
