import type { VerifiedIdentity } from './accounts/verified-identity';
import type { Claims } from './protocol/claims';
import type { CognitoError } from './protocol/errors';
import type { Strapi } from './strapi';

/** The identity that credentials have authenticated. Code of the site may ask again; a code works once. */
export interface Authenticated {
  readonly credentials: string;
  readonly identity: VerifiedIdentity;
  /** Makes the code valid again, unless a user has logged in with it. */
  readonly restore: () => Promise<void>;
  /** On the monotonic clock of this process. */
  readonly until: number;
  /** Whether a user has logged in, or the code was restored. */
  isSettled?: true;
}

interface RequestState {
  /** The claims of the token or of the one-time code, once they are verified. */
  claims?: Claims;
  authenticated?: Authenticated;
  /** The name of the login in its records, which comes from its one-time code. */
  loginKey?: string;
  /** When the user logged in at Cognito, in seconds since the epoch; 0 if unknown, `undefined` if recent. */
  authTime?: number;
  /** The points of the rate limit that the work costs if it succeeds. */
  cost?: number;
  /** Why it was refused. users-permissions wraps errors, and keeps only their message. */
  refusal?: CognitoError;
  /** Whether the plugin's middleware `answerRefusals` runs around it. GraphQL calls controllers itself. */
  hasAnswerRefusals?: true;
  /** Whether `ctx.query` has the parameters of the body. */
  hasBodyInQuery?: true;
}

const states = new WeakMap<object, RequestState>();

/** The state of a request, which the caller may change. Contexts that a site derives from the request's own share it. */
export function requestState(ctx: object): RequestState {
  const key = (ctx as { req?: object }).req ?? ctx;
  const state = states.get(key) ?? {};
  states.set(key, state);
  return state;
}

/** The state of the request that is being served. Outside of a request, such as in a script, it is empty. */
export function currentState(strapi: Strapi): RequestState {
  // A site may run a login with a context of its own, such as for a web socket.
  const ctx: object | undefined = strapi.requestContext.get();
  return ctx ? requestState(ctx) : {};
}
