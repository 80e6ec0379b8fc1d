import type { Context, Middleware } from 'koa';
import type { Origin } from '../accounts/accounts';
import { type OnCall, rateLimiter } from '../rate-limit/rate-limiter';
import { CognitoError } from '../protocol/errors';
import { type Strapi, currentRequest } from '../strapi';
import { type Step, loginRecords } from './login-records';
import { ForwardedError, logRefusal } from './refusal';

/** What listeners of `strapi.eventHub` are told. No token and no claim is in it. */
interface Events {
  'cognito.login': { readonly userId: number } & Origin;
  'cognito.refused': { readonly code: string; readonly step: Step };
  'cognito.linked': { readonly userId: number };
  'cognito.unlinked': { readonly userId: number };
}

/** What the plugin uses of transactions; within one, it is the callbacks of that one. */
interface Transactions {
  transaction(
    work: (transaction: { onCommit: (done: () => void) => void }) => void,
  ): Promise<unknown>;
}

/**
 * Tells listeners of the site. Nothing waits for them, and their failure is only logged. What happened in a
 * transaction of the site's own is told once that is committed.
 */
export function emit<Name extends keyof Events>(
  strapi: Strapi,
  name: Name,
  event: Events[Name],
): void {
  const tell = () => {
    setImmediate(() => {
      strapi.eventHub.emit(name, event).catch((error: unknown) => {
        strapi.log.error(`[cognito] a listener of ${name} failed: ${String(error)}`);
      });
    });
  };
  // A refusal stays one, whatever is rolled back.
  if (name === 'cognito.refused' || !strapi.db.inTransaction()) tell();
  else {
    const { db } = strapi as unknown as { db: Transactions };
    void db.transaction(({ onCommit }) => onCommit(tell));
  }
}

/** Why the login of a request was refused. users-permissions wraps errors, and only keeps their message. */
const refusals = new WeakMap<Context, CognitoError>();

/**
 * One attempt of a client: limited, and if it fails, logged, recorded and told to listeners.
 *
 * @param userId of the user who is logged in, if one is.
 * @throws {CognitoError} `too_many_requests`, and for any error of the work.
 */
export async function attempt<T>(
  strapi: Strapi,
  step: Step,
  work: (onCall: OnCall) => Promise<T>,
  userId?: number,
): Promise<T> {
  const ctx = currentRequest(strapi);
  try {
    if (!ctx) return await work(() => undefined);
    ctx.set('Cache-Control', 'no-store');
    return await rateLimiter(strapi).guard(ctx, work);
  } catch (error) {
    const refusal = logRefusal(strapi, error);
    if (!(refusal instanceof ForwardedError)) {
      loginRecords(strapi).add(step, refusal.code, userId ?? refusal.userId);
      emit(strapi, 'cognito.refused', { code: refusal.code, step });
    }
    if (ctx) refusals.set(ctx, refusal);
    throw refusal;
  }
}

/**
 * The refusal that an error of a request stands for.
 *
 * @returns `undefined` for an error that is not one of this plugin.
 */
export function refusalOf(ctx: Context, error: unknown): CognitoError | undefined {
  if (error instanceof CognitoError) return error;
  const refusal = refusals.get(ctx);
  return refusal && error instanceof Error && error.message === refusal.message
    ? refusal
    : undefined;
}

const answered = new WeakSet<Context>();

/**
 * Answers refusals on the content API with Strapi's error body, their own status and code. Strapi tells
 * statuses by the classes of its own errors, which have no 409, 502 or 503.
 */
export const answerRefusals: Middleware = async (ctx, next) => {
  answered.add(ctx);
  try {
    await next();
  } catch (error) {
    const refusal = refusalOf(ctx, error);
    if (!refusal) throw error;
    const { status, name, message, details } = refusal;
    if (refusal.code === 'login_in_progress') ctx.set('Retry-After', '2');
    ctx.status = status;
    ctx.body = { data: null, error: { status, name, message, details } };
  }
};

/** Whether {@link answerRefusals} answers for this request. GraphQL calls controllers of its own accord. */
export const isAnswered = (ctx: Context): boolean => answered.has(ctx);
