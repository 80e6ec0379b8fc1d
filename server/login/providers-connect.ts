import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'koa';
import type { Person } from '../accounts/person';
import type { SignIn, SiteLogin } from '../accounts/accounts';
import { CognitoError } from '../protocol/errors';
import { PROVIDER, type Strapi, type User, currentRequest, service } from '../strapi';
import { isObject } from '../settings/rules';
import { attempt, emit } from './attempt';
import { type Brought, identify } from './exchange';
import { loginRecords } from './login-records';

// users-permissions' `providers.connect` is the one door to an account. The site may have wrapped or
// replaced it, so the plugin lies both under the site's code and over it: what is under does the work,
// and what is over notices a login that the site's own code has carried out.

/** What is known of a login above the site's code. */
interface OuterLogin {
  /** Whether the plugin's own `connect` was reached. */
  reached: boolean;
  /** The login that the site's own `connect` carries out. */
  site?: SiteLogin;
}

const outerLogins = new AsyncLocalStorage<OuterLogin>();

/** When the user logged in at Cognito, for requests that were authenticated by a token. */
const authTimes = new WeakMap<Context, number>();

/** When the user of this request logged in at Cognito, in seconds since the epoch, if that may be long ago. */
export function authTimeOf(strapi: Strapi): number | undefined {
  const ctx = currentRequest(strapi);
  return ctx && authTimes.get(ctx);
}

/** Path and method of the plugin's own route beside that of users-permissions. */
export const POST_EXCHANGE = { method: 'POST', path: '/auth/:provider(cognito)/callback' } as const;

/** The body of a request to the plugin's own route; `undefined` for any other request. */
function postedBody(ctx: Context | undefined): unknown {
  const { route } = (ctx?.state ?? {}) as { route?: { method?: string; path?: string } };
  const isPost = route?.method === POST_EXCHANGE.method && route.path === POST_EXCHANGE.path;
  return isPost ? ((ctx?.request as { body?: unknown }).body ?? {}) : undefined;
}

/** What a client sends: the body of the plugin's own route, otherwise what `connect` is called with. */
function credentials(ctx: Context | undefined, query: unknown): Brought {
  const body = postedBody(ctx);
  return body === undefined ? { query } : { body };
}

/** Authenticates a client by what it sends, and does something for the person. */
function authenticate<T>(
  strapi: Strapi,
  query: unknown,
  use: (person: Person) => Promise<T>,
): Promise<T> {
  const ctx = currentRequest(strapi);
  return attempt(strapi, 'exchange', (onCall) =>
    identify(
      strapi,
      credentials(ctx, query),
      (person, authTime) => {
        if (ctx && authTime !== undefined) authTimes.set(ctx, authTime);
        return use(person);
      },
      onCall,
    ),
  );
}

/** `providers.connect` for `cognito`, under the site's code. */
export async function connect(strapi: Strapi, query: unknown): Promise<User> {
  const outer = outerLogins.getStore();
  if (outer) outer.reached = true;
  const signIn = await authenticate(strapi, query, (person) =>
    service(strapi, 'accounts').signIn(person),
  );
  announce(strapi, signIn);
  return signIn.user;
}

/**
 * `providers.connect` for `cognito`, over the site's code.
 *
 * @param siteConnect gets what the client sent by POST in the same way as by GET.
 */
export function connectThroughSite(
  strapi: Strapi,
  query: unknown,
  siteConnect: (query: unknown) => Promise<User>,
): Promise<User> {
  const outer: OuterLogin = { reached: false };
  const body = postedBody(currentRequest(strapi));
  const parameters = isObject(body) ? { ...(query as object), ...body } : query;
  return outerLogins.run(outer, async () => {
    try {
      const user = await siteConnect(parameters);
      const { site, reached } = outer;
      // What the site makes of the plugin's answer is the site's to decide.
      if (reached) return user;
      const signIn = await attempt(strapi, 'exchange', () => {
        if (!site) {
          throw new CognitoError('not_configured', 'connect of the site verified no token');
        }
        return site.accept(user.id);
      });
      announce(strapi, signIn);
      return user;
    } finally {
      await outer.site?.end();
    }
  });
}

/**
 * `authCallback` of the provider: called only by a `connect` of the site's own. Says by which profile
 * it finds or creates the user.
 */
export function authCallback(strapi: Strapi, query: unknown): Promise<SiteLogin['profile']> {
  const outer = outerLogins.getStore();
  if (!outer) {
    throw new Error(
      `The provider ${PROVIDER} is served by strapi-plugin-cognito: use providers.connect`,
    );
  }
  return authenticate(strapi, query, async (person) => {
    // The site may ask for the profile more than once.
    await outer.site?.end();
    outer.site = await service(strapi, 'accounts').prepareForSite(person);
    return outer.site.profile;
  });
}

function announce(strapi: Strapi, { user, new: isNew, linked, adopted }: SignIn): void {
  loginRecords(strapi).add('exchange', 'ok', user.id);
  emit(strapi, 'cognito.login', { userId: user.id, new: isNew, linked, adopted });
  if (linked) emit(strapi, 'cognito.linked', { userId: user.id });
}
