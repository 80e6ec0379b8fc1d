import type { Context } from 'koa';
import { CognitoError, isGuess } from '../protocol/errors';
import type { CognitoConfig } from '../settings/config';
import { type Strapi, currentRequest, pluginConfig } from '../strapi';
import { toAddressKey, clientAddress } from './client-address';
import { Allowances } from './allowances';

/** Points of a failure: there are as many failures in a minute as `rateLimit.failures` says. */
const FAILURE = 20;
/** Points of what made a call to Cognito, or was refused to somebody who is who they say. */
const WORK = 1;
/** Points that a request holds while it is under way: a tenth of a failure. */
const UNDER_WAY = 2;
const DEFAULT_FAILURES = 30;

export interface RateLimiter {
  /**
   * Does the work of a request, unless its address has failed too often of late.
   *
   * @throws {CognitoError} `too_many_requests`, with `Retry-After` set and none of the work done; and
   * what the work throws.
   */
  guard<T>(ctx: Context, work: () => Promise<T>): Promise<T>;
  /** Counts a call to Cognito that the current request is about to make for a client. */
  countUpstreamCall(): void;
}

/** This plugin's service `rate-limiter`. */
export const rateLimiter = (strapi: Strapi): RateLimiter =>
  strapi.plugin('cognito').service<RateLimiter>('rate-limiter');

/**
 * Holds whoever guesses codes, posts junk, or has Cognito asked for nothing: by address alone, in the
 * memory of this instance. A login that succeeds costs nothing, so many may log in from one address.
 */
export function createRateLimiter({ strapi }: { strapi: Strapi }): RateLimiter {
  const allowances = new Allowances(() => performance.now());
  const upstreamCallers = new WeakSet<Context>();

  /** Points in a minute; `undefined` where nothing is limited. */
  const allowanceNow = (): number | undefined => {
    const { enabled, failures = DEFAULT_FAILURES } =
      pluginConfig<CognitoConfig>(strapi, 'cognito').rateLimit ?? {};
    return (enabled ?? limitedByUsersPermissions(strapi)) ? failures * FAILURE : undefined;
  };

  return {
    async guard(ctx, work) {
      const allowance = allowanceNow();
      if (allowance === undefined) return work();
      const key = toAddressKey(clientAddress(ctx), ctx.req.socket.remoteAddress);
      const { wait, first } = allowances.take(key, allowance, UNDER_WAY);
      if (wait > 0) {
        // Said once, as a log that grows with each refusal is an attack of its own.
        if (first) {
          strapi.log.warn(
            `[cognito] login refused, too_many_requests: ${key} has exceeded the rate limit`,
          );
        }
        const seconds = Math.ceil(wait / 1000);
        ctx.set('Retry-After', String(seconds));
        throw new CognitoError('too_many_requests', `${key} is held for ${seconds} s`);
      }
      let cost = 0;
      upstreamCallers.delete(ctx);
      try {
        const result = await work();
        if (upstreamCallers.has(ctx)) cost = WORK;
        return result;
      } catch (error) {
        cost = isGuess(error) ? FAILURE : WORK;
        throw error;
      } finally {
        allowances.charge(key, allowance, cost - UNDER_WAY);
      }
    },

    countUpstreamCall() {
      const ctx = currentRequest(strapi);
      if (ctx) upstreamCallers.add(ctx);
    },
  };
}

/** Whether users-permissions limits anybody, as it tells itself: without a word it does. */
function limitedByUsersPermissions(strapi: Strapi): boolean {
  const { ratelimit: theirs } = pluginConfig<{ ratelimit?: { enabled?: unknown } }>(
    strapi,
    'users-permissions',
  );
  return !theirs || !Object.hasOwn(theirs, 'enabled') || theirs.enabled === true;
}
