import { createRequire } from 'node:module';
import { currentState } from '../request-state';
import { PROVIDER, type Strapi, usersPermissions } from '../strapi';
import { type Controller, extendController, strapiVersion } from '../strapi-version';
import type { Handler } from './block-local-login';
import { callback } from './callback';
import { connect } from './connect';
import { type RunProvider, connectUnderSite } from './providers-connect';
import {
  type ProvidersRegistry,
  type ProvidersService,
  UNUSED_AUTH_CALLBACK,
  connectStep,
} from './users-permissions';

type Factory<Service> = (context: { strapi: Strapi }) => Service;

interface JwtService {
  issue(payload: object, ...rest: unknown[]): unknown;
}

/** The server module of users-permissions, before the site's extension changes it. */
interface UsersPermissionsModule {
  readonly services: {
    providers: Factory<ProvidersService>;
    readonly 'providers-registry': Factory<ProvidersRegistry>;
    jwt: Factory<JwtService>;
  };
  readonly controllers: { auth: Controller<{ connect: Handler }> };
}

const INSTALLED = Symbol.for('strapi-plugin-cognito.under-site');

/** The registry of users-permissions before the site changed it, and whether its service `providers` is in use. */
let stockRegistry: Factory<ProvidersRegistry> | undefined;
let isProvidersUsed = false;

/** How code of the site gets a profile from the registry; `undefined` if it has not changed that. */
function changedRun(strapi: Strapi): RunProvider | undefined {
  const { run, add, register } = usersPermissions<ProvidersRegistry>(strapi, 'providers-registry');
  const isStock = String(run) === String(stockRegistry?.({ strapi }).run);
  // Without the last two, it would call the built-in provider.
  return isStock || !(add ?? register) ? undefined : run;
}

/**
 * The parts of users-permissions' own login with Cognito that the site has replaced, a sentence each. Must be called
 * before the plugin changes the registry.
 */
export function findSiteReplacements(strapi: Strapi): string[] {
  const found: string[] = [];
  const source = (registry: ProvidersRegistry | undefined) =>
    String(registry?.get?.(PROVIDER)?.authCallback);
  const registry = usersPermissions<ProvidersRegistry>(strapi, 'providers-registry');
  const stock = stockRegistry?.({ strapi });
  if (registry.get && stock && source(registry) !== source(stock)) {
    found.push(UNUSED_AUTH_CALLBACK);
  }
  usersPermissions(strapi, 'providers');
  if (!isProvidersUsed) {
    found.push(
      'the site replaces the service "providers" of users-permissions. Its own connect finds and creates ' +
        'users, by the profile that this plugin verifies',
    );
  }
  return found;
}

/**
 * Changes the module of users-permissions before `src/extensions` wraps or replaces anything in it, so that the
 * plugin lies under the code of the site. Strapi loads the server modules of all plugins first.
 */
export function installUnderSite(): void {
  const { strapi } = globalThis as { strapi?: Strapi };
  const path = strapi?.config.get<string | undefined>(
    'enabledPlugins.users-permissions.pathToPlugin',
  );
  // Not loaded by Strapi, as in a unit test.
  if (path === undefined) return;
  const entry = strapiVersion.serverFile(path);
  const loaded: unknown = createRequire(entry)(entry);
  const { services, controllers } = (
    typeof loaded === 'function' ? (loaded as () => unknown)() : loaded
  ) as UsersPermissionsModule;
  if (Object.hasOwn(services, INSTALLED)) return;
  Object.defineProperty(services, INSTALLED, { value: true });

  const { providers, jwt } = services;
  stockRegistry = services['providers-registry'];
  services.providers = (context) => {
    isProvidersUsed = true;
    const service = providers(context);
    return {
      ...service,
      connect: (provider, query, ...rest) =>
        provider === PROVIDER
          ? connectUnderSite(context.strapi, query, changedRun(context.strapi))
          : service.connect(provider, query, ...rest),
    };
  };
  services.jwt = (context) => {
    const service = jwt(context);
    return {
      ...service,
      // The JWT for a token says when the user logged in at Cognito: linking needs a recent login.
      issue(payload, ...rest) {
        const { authTime } = currentState(context.strapi);
        const claims = authTime === undefined ? payload : { ...payload, auth_time: authTime };
        return service.issue(claims, ...rest);
      },
    };
  };
  extendController(controllers, 'auth', (auth, current) => ({
    ...auth,
    connect: (...call) => handleConnect(current(), auth.connect)(...call),
  }));
}

/**
 * Handles `connect` for cognito, under the code of the site.
 *
 * @param original the handler of users-permissions.
 */
function handleConnect(strapi: Strapi, original: Handler): Handler {
  return async (ctx, next, ...rest) => {
    const step = connectStep(strapi, ctx);
    if (step === undefined) return original(ctx, next, ...rest);
    if (ctx.method === 'HEAD') {
      ctx.status = 405;
      return undefined;
    }
    if (step === 'callback') return callback(strapi, ctx);
    if (step !== '') return ctx.notFound();
    return connect(strapi, ctx);
  };
}
