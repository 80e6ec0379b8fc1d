import type { Context } from 'koa';
import type { VerifiedIdentity } from './accounts/verified-identity';
import type { Claims } from './protocol/claims';
import type { CognitoError } from './protocol/errors';
import { type Strapi, currentRequest } from './strapi';

/** What the plugin notes about a request that is being served. */
interface RequestState {
  /** Those of the token or of the one-time code, once they are verified. */
  claims?: Claims;
  /** Who was authenticated by these credentials. Code of the site may ask again, and a one-time code works once. */
  authenticated?: { readonly credentials: string; readonly identity: VerifiedIdentity };
  /** Joins the steps of one login: a digest of its one-time code. */
  login?: string;
  /**
   * When the user logged in at Cognito, in seconds since the epoch: 0 if the token does not say it, none if the login
   * is recent.
   */
  authTime?: number;
  /** What the work costs of the rate limit, in its points, if it succeeds. */
  cost?: number;
  /** Why it was refused. users-permissions wraps errors, and only keeps their message. */
  refusal?: CognitoError;
  /** Whether the plugin's middleware responds to refusals. GraphQL calls controllers itself. */
  isAnswered?: true;
  /** Whether `ctx.query` has the parameters of the body. */
  hasBodyInQuery?: true;
}

const states = new WeakMap<Context, RequestState>();

/** What is known of a request. The caller may change it. */
export function requestState(ctx: Context): RequestState {
  const state = states.get(ctx) ?? {};
  states.set(ctx, state);
  return state;
}

/** What is known of the request that is being served. Outside of one, such as in a script, nothing is. */
export function currentState(strapi: Strapi): RequestState {
  const ctx = currentRequest(strapi);
  return ctx ? requestState(ctx) : {};
}
