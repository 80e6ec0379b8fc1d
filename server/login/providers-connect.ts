import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'koa';
import type { Person } from '../accounts/person';
import { type SignIn, type SiteLogin, accountsService } from '../accounts/accounts';
import { CognitoError } from '../protocol/errors';
import { PROVIDER, type Strapi, type User, currentRequest } from '../strapi';
import { isObject } from '../settings/schema';
import { attempt, emit } from './attempt';
import { type Brought, IN_BODY, identify } from './exchange';
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

const CREDENTIALS: ReadonlySet<string> = new Set(IN_BODY);

/** Requests to the plugin's own route whose `ctx.query` has the parameters of the body. */
const withBody = new WeakSet<Context>();

/**
 * Lets the site's code read by POST what it reads by GET: `ctx.query` gets the parameters of the body.
 * Those that say who logs in come from the body only, so that a gate of the site judges the person whom
 * the plugin lets in.
 */
export function shareBody(ctx: Context): void {
  if (postedBody(ctx) === undefined) return;
  const value = parametersOf(ctx, ctx.query);
  Object.defineProperty(ctx, 'query', { value, configurable: true, enumerable: true });
  withBody.add(ctx);
}

/**
 * users-permissions 5 takes what a client has sent from `ctx.session.grant.response`, where Grant would
 * have put it. A login with Cognito needs no session, and its tokens must not get into the session's
 * cookie, so only this request sees them there.
 */
export function shareGrantResponse(ctx: Context): void {
  const koa = Object.getPrototypeOf(ctx) as object;
  Object.defineProperty(ctx, 'session', {
    configurable: true,
    get: () => {
      const session = (Reflect.get(koa, 'session', ctx) ?? {}) as { grant?: object };
      return new Proxy(session, {
        get: (target, name): unknown =>
          name === 'grant' ? { ...target.grant, response: ctx.query } : Reflect.get(target, name),
      });
    },
    set: (value) => Reflect.set(koa, 'session', value, ctx),
  });
}

/** What `connect` is called with, and the body where the site has not handed it on. */
function parametersOf(ctx: Context | undefined, query: unknown): unknown {
  const body = postedBody(ctx);
  if (body === undefined || (ctx && withBody.has(ctx))) return query;
  const others = Object.entries(isObject(query) ? query : {}).filter(
    ([name]) => !CREDENTIALS.has(name),
  );
  return { ...Object.fromEntries(others), ...(isObject(body) && body) };
}

/** Whether the site's own controller handed on parameters of a URL that say of someone else who logs in. */
function contradictsBody(ctx: Context | undefined, query: unknown): boolean {
  const parameters = parametersOf(ctx, query);
  if (!isObject(parameters) || !isObject(query)) return false;
  return IN_BODY.some((name) => Object.hasOwn(query, name) && query[name] !== parameters[name]);
}

/** What a client sends, as `connect` is called with it under the site's code. */
function credentials(ctx: Context | undefined, query: unknown): Brought {
  if (postedBody(ctx) === undefined) return { query };
  return { body: outerLogins.getStore() ? query : parametersOf(ctx, query) };
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
    accountsService(strapi).signIn(person),
  );
  announce(strapi, signIn);
  return signIn.user;
}

/**
 * `providers.connect` for `cognito`, over the site's code.
 *
 * @param siteConnect gets what the client sent by POST in the same way as by GET.
 */
export async function connectThroughSite(
  strapi: Strapi,
  query: unknown,
  siteConnect: (query: unknown) => Promise<User>,
): Promise<User> {
  const outer: OuterLogin = { reached: false };
  const ctx = currentRequest(strapi);
  if (contradictsBody(ctx, query)) {
    await attempt(strapi, 'exchange', () => {
      throw new CognitoError('invalid_request', 'the URL names another login than the body');
    });
  }
  const parameters = parametersOf(ctx, query);
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
    outer.site = await accountsService(strapi).prepareForSite(person);
    return outer.site.profile;
  });
}

function announce(strapi: Strapi, { user, new: isNew, linked, adopted }: SignIn): void {
  loginRecords(strapi).add('exchange', 'ok', user.id);
  emit(strapi, 'cognito.login', { userId: user.id, new: isNew, linked, adopted });
  if (linked) emit(strapi, 'cognito.linked', { userId: user.id });
}
