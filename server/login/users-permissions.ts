import type { Context, Next } from 'koa';
import { CognitoError } from '../protocol/errors';
import { PROVIDER, type Strapi, service } from '../strapi';
import { callback } from './callback';
import { connect } from './connect';
import { type Brought, exchange } from './exchange';
import { queryOf } from './hidden-query';
import { recordFailure } from './login-records';
import {
  type Handler,
  closeEmailConfirmation,
  closeForgotPassword,
  closeResetPassword,
  closeSendEmailConfirmation,
} from './password-doors';
import { respondWithRefusal } from './refusal';
import { respondWithUser } from './respond';

type AuthController = Record<
  | 'connect'
  | 'callback'
  | 'forgotPassword'
  | 'resetPassword'
  | 'sendEmailConfirmation'
  | 'emailConfirmation',
  Handler
>;

interface ProvidersService {
  connect(provider: string, query: unknown): Promise<unknown>;
}

/** Makes a middleware for the routes that name it. */
type MiddlewareFactory = (config: object, context: { strapi: Strapi }) => Handler;

/** Strapi's registry of services, of controllers, or of middlewares. */
interface Registry<T> {
  extend(uid: string, wrap: (original: T) => T): unknown;
}

/** How users-permissions keeps its providers, from 4.25.23 on. */
interface ProvidersRegistry {
  get(name: string): Record<string, unknown> | undefined;
  add(name: string, provider: Record<string, unknown>): void;
}

/** How it kept them before. */
interface CallbacksRegistry {
  register(name: string, makeCallback: () => () => never): void;
}

/**
 * Takes the place of users-permissions' own provider `cognito`, and of nothing else: every other
 * provider, and the stored settings, are handed through.
 */
export function extendUsersPermissions(strapi: Strapi): void {
  closeBuiltInProvider(strapi);

  strapi.container
    .get<Registry<ProvidersService>>('services')
    .extend('plugin::users-permissions.providers', (providers) => ({
      ...providers,
      connect: (provider: string, query: unknown) =>
        provider === PROVIDER ? exchange(strapi, { query }) : providers.connect(provider, query),
    }));

  // An office behind one address is more than ten people. Cognito's routes have limits of their own.
  strapi.container
    .get<Registry<MiddlewareFactory>>('middlewares')
    .extend('plugin::users-permissions.rateLimit', (make) => (config, context) => {
      const limit = make(config, context);
      return (ctx, next) => (stepOf(ctx) === undefined ? limit(ctx, next) : next());
    });

  strapi.container
    .get<Registry<AuthController>>('controllers')
    .extend('plugin::users-permissions.auth', (auth) => ({
      ...auth,
      forgotPassword: closeForgotPassword(strapi, auth.forgotPassword.bind(auth)),
      sendEmailConfirmation: closeSendEmailConfirmation(
        strapi,
        auth.sendEmailConfirmation.bind(auth),
      ),
      emailConfirmation: closeEmailConfirmation(strapi, auth.emailConfirmation.bind(auth)),
      resetPassword: closeResetPassword(strapi, auth.resetPassword.bind(auth)),
      connect: (ctx: Context, next: Next) => {
        const step = stepOf(ctx);
        if (step !== undefined && ctx.method === 'HEAD') return ctx.throw(405);
        return step === undefined ? auth.connect(ctx, next) : serveConnect(strapi, ctx, step);
      },
      callback: (ctx: Context, next: Next) => {
        const { provider } = ctx.params as { provider?: string };
        if (provider !== PROVIDER) return auth.callback(ctx, next);
        // A look ahead must not use up a one-time code.
        if (ctx.method === 'HEAD') return ctx.throw(405);
        return serveExchange(strapi, ctx, { query: queryOf(ctx) });
      },
    }));
}

/**
 * The built-in provider's way of knowing people, by email alone, must not be reachable even by code
 * that asks the registry directly. Its icon and the shape of its stored settings stay.
 */
function closeBuiltInProvider(strapi: Strapi): void {
  const registry = strapi
    .plugin('users-permissions')
    .service<ProvidersRegistry | CallbacksRegistry>('providers-registry');
  const authCallback = () => {
    throw new Error(
      'The provider cognito is served by strapi-plugin-cognito: use providers.connect',
    );
  };
  if ('add' in registry) registry.add(PROVIDER, { ...registry.get(PROVIDER), authCallback });
  else registry.register(PROVIDER, () => authCallback);
}

/**
 * Which step of a Cognito login a request is, told as users-permissions tells the provider: by the
 * path as it came. `undefined` for another provider.
 */
function stepOf(ctx: Context): string | undefined {
  const [path = ''] = ctx.request.url.split('?', 1);
  const [provider, ...step] = path.split('/connect/').slice(1).join('/connect/').split('/');
  return provider === PROVIDER ? step.join('/') : undefined;
}

async function serveConnect(strapi: Strapi, ctx: Context, step: string): Promise<void> {
  if (step === 'callback') return callback(strapi, ctx, queryOf(ctx));
  if (step !== '') return ctx.throw(404);
  try {
    await service(strapi, 'limits').guard(ctx, () => connect(strapi, ctx));
  } catch (error) {
    recordFailure(strapi, 'connect', error);
    respondWithRefusal(strapi, ctx, error);
  }
}

/** `/api/auth/cognito/callback`, with what the request brings. */
export async function serveExchange(strapi: Strapi, ctx: Context, brought: Brought): Promise<void> {
  try {
    const user = await service(strapi, 'limits').guard(ctx, (onCall) =>
      exchange(strapi, brought, onCall),
    );
    await respondWithUser(strapi, ctx, user);
  } catch (error) {
    // GraphQL wants the error itself.
    if (error instanceof CognitoError && !isRoute(ctx)) throw error;
    respondWithRefusal(strapi, ctx, error);
  }
}

/** GraphQL calls controllers too, for requests of its own. */
function isRoute(ctx: Context): boolean {
  const { route } = ctx.state as { route?: { handler?: unknown } };
  return route?.handler !== undefined;
}
