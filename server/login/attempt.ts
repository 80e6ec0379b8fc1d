import type { Context, Middleware } from 'koa';
import { rateLimiter } from '../rate-limit/rate-limiter';
import { CognitoError, quote } from '../protocol/errors';
import { currentState, requestState } from '../request-state';
import { type Strapi, currentRequest } from '../strapi';
import { toStrapiError } from '../strapi-utils';
import { type Step, loginRecords, recordOptions } from './login-records';

/** The events on `strapi.eventHub`. They contain no token and no claim. */
interface Events {
  /** At most one of the last three is true, and none for a known identity. */
  'cognito.login': {
    readonly userId: number;
    readonly new: boolean;
    readonly linked: boolean;
    readonly adopted: boolean;
  };
  'cognito.refused': { readonly code: string; readonly step: Step };
  'cognito.linked': { readonly userId: number };
  'cognito.unlinked': { readonly userId: number };
}

interface Transaction {
  readonly onCommit: (done: () => void) => void;
}

/** Emits an event, after the site has committed its transaction, if it has one. Errors of listeners are only logged. */
export function emit<Key extends keyof Events>(
  strapi: Strapi,
  name: Key,
  event: Events[Key],
): void {
  const emitNow = async () => {
    try {
      // The site may have replaced this function, so that it throws or returns no promise.
      await strapi.eventHub.emit(name, event);
    } catch (error) {
      strapi.log.error(`[cognito] a listener of ${name} failed: ${String(error)}`);
    }
  };
  const emitLater = () => setImmediate(() => void emitNow());
  // A rollback does not undo a refusal.
  if (name === 'cognito.refused' || !strapi.db.inTransaction()) emitLater();
  // Inside a transaction of the site, the callbacks belong to that transaction.
  else void strapi.db.transaction(({ onCommit }: Transaction) => onCommit(emitLater));
}

/** An error forwarded in the URL. It is not recorded: it was recorded when it occurred, and the URL could be forged. */
export class ForwardedError extends CognitoError {}

/** Records how a step ended (`ok`, or the code of an error), and tells listeners of a refusal. */
export function record(strapi: Strapi, step: Step, outcome: string, userId?: number): void {
  loginRecords(strapi).add(step, outcome, userId);
  if (outcome !== 'ok') emit(strapi, 'cognito.refused', { code: outcome, step });
}

/** The messages of the built-in provider, which code of the site may compare. The plugin's own say more. */
const BUILT_IN_MESSAGES = [
  'No access_token.',
  'Email was not available.',
  'Email is already taken.',
  'Register action is actually not available.',
  'This provider is disabled',
  'Your account has been blocked by an administrator',
];

/**
 * Runs a step of a login, a logout, or an API call with an access token (`bearer`): limits the work, and logs and
 * records its error. A logout is not limited. Logouts and API calls with an access token are not logins, so they are
 * not recorded.
 *
 * @param userId the id of the logged-in user, if there is one.
 * @throws {CognitoError} `too_many_requests`, and any error of the work. An unexpected error becomes `server_error`,
 * so that its text is not shown.
 */
export async function attempt<T>(
  strapi: Strapi,
  route: Step | 'logout' | 'bearer',
  work: () => Promise<T>,
  userId?: number,
): Promise<T> {
  const ctx = currentRequest(strapi);
  if (route !== 'bearer') ctx?.set('Cache-Control', 'no-store');
  try {
    return await (ctx && route !== 'logout' ? rateLimiter(strapi).guard(ctx, work) : work());
  } catch (error) {
    const isUnexpected = !(error instanceof CognitoError);
    const refusal = isUnexpected
      ? new CognitoError('server_error', 'unexpected', { cause: error })
      : error;
    const isRecorded = route !== 'logout' && route !== 'bearer';
    if (isUnexpected) strapi.log.error(error);
    else logRefusal(strapi, LOGGED_AS[route] ?? 'login', refusal);
    if (isRecorded && !(refusal instanceof ForwardedError)) {
      record(strapi, route, refusal.code, userId ?? refusal.userId);
    }
    if (route === 'exchange') {
      const builtIn = BUILT_IN_MESSAGES.find((each) => refusal.text.startsWith(each));
      refusal.message = builtIn ?? refusal.text;
    }
    currentState(strapi).refusal = refusal;
    throw refusal;
  }
}

/** How the log names a refused request that is not a login. */
const LOGGED_AS: Readonly<Record<string, string>> = {
  link: 'linking',
  unlink: 'unlinking',
  logout: 'logout',
  bearer: 'bearer',
};

/** Logs a refusal, with the `sub` for which an admin can search the user pool. */
function logRefusal(strapi: Strapi, what: string, refusal: CognitoError): void {
  const { code, reason, status } = refusal;
  // The rate limiter has logged it.
  if (code === 'too_many_requests') return;
  const { sub, email } = currentState(strapi).claims ?? {};
  const { keepEmails } = recordOptions(strapi);
  const andEmail = keepEmails && email !== undefined ? `, email ${quote(email)}` : '';
  const account = sub === undefined ? '' : ` (sub ${quote(sub)}${andEmail})`;
  const level = refusal instanceof ForwardedError ? 'info' : status >= 500 ? 'error' : 'warn';
  strapi.log[level](`[cognito] ${what} refused, ${code}: ${reason}${account}`);
}

/** The refusal behind an error of a request; `undefined` for an error that is not from this plugin. */
export function getRefusal(ctx: Context, error: unknown): CognitoError | undefined {
  if (error instanceof CognitoError) return error;
  const { refusal } = requestState(ctx);
  if (!refusal || !(error instanceof Error)) return undefined;
  // As users-permissions wraps it. Code of the site may throw another error with the same message.
  const { name, message, details } = error as Error & { details?: object | null };
  const isWrapped = name === 'ApplicationError' && Object.keys(details ?? {}).length === 0;
  return isWrapped && [refusal.message, refusal.text].includes(message) ? refusal : undefined;
}

/**
 * Makes Strapi respond to refusals on the content API with their own status and code, after the middlewares of the
 * site have seen the error. Strapi has no error classes for 409, 502 and 503.
 */
export const answerRefusals: Middleware = async (ctx, next) => {
  requestState(ctx).hasAnswerRefusals = true;
  try {
    await next();
  } catch (error) {
    const refusal = getRefusal(ctx, error);
    if (!refusal) throw error;
    if (refusal.code === 'login_in_progress') ctx.set('Retry-After', '2');
    throw toStrapiError(refusal);
  }
};
