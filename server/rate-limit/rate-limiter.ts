import type { Context } from 'koa';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { CognitoError, isGuess } from '../protocol/errors';
import type { CognitoConfig } from '../settings/config';
import { type Strapi, currentRequest, pluginConfig } from '../strapi';
import { clientAddress, toAddressKey } from './client-address';

/** Seconds, from the first request of an address, in which its points are counted. */
const WINDOW = 60;
/** Points of a failed attempt; `rateLimit.failures` says how many of those a minute has. */
const FAILURE_POINTS = 20;
/** Points of a request that calls Cognito, or that is refused although it proves who the user is. */
const UPSTREAM_CALL_POINTS = 1;
/** Points of a request in flight, so that not too many are at once. */
const IN_FLIGHT_POINTS = 2;
/** Addresses that are counted separately in a minute. All others share one count, so that memory is bounded. */
const MAX_ADDRESSES = 25_000;
const DEFAULT_FAILURES = 30;

export interface RateLimiter {
  /**
   * Does the work of a request, unless its address has failed too often.
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
 * Limits failed attempts per IP address, in the memory of this instance. A login that succeeds costs nothing, so
 * many users may log in from one address.
 */
export function createRateLimiter({ strapi }: { strapi: Strapi }): RateLimiter {
  const limiter = new RateLimiterMemory({ points: 0, duration: WINDOW });
  const logged = new RateLimiterMemory({ points: 1, duration: WINDOW });
  const toBoundedKey = boundedKeys();
  const upstreamCallers = new WeakSet<Context>();

  /** Points in a minute; `undefined` if nothing is limited. */
  const currentPoints = (): number | undefined => {
    const { enabled, failures = DEFAULT_FAILURES } =
      pluginConfig<CognitoConfig>(strapi, 'cognito').rateLimit ?? {};
    return (enabled ?? limitedByUsersPermissions(strapi)) ? failures * FAILURE_POINTS : undefined;
  };

  const refuse = async (ctx: Context, key: string, { msBeforeNext }: RateLimiterRes) => {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    const reason = `${key} has exceeded the rate limit, blocked for ${seconds} s`;
    await limiter.reward(key, IN_FLIGHT_POINTS);
    // Logged once, because a log that grows with each refusal is an attack of its own.
    await logged.consume(key).then(
      () => strapi.log.warn(`[cognito] login refused, too_many_requests: ${reason}`),
      () => undefined,
    );
    ctx.set('Retry-After', String(seconds));
    return new CognitoError('too_many_requests', reason);
  };

  return {
    async guard(ctx, work) {
      const points = currentPoints();
      if (points === undefined) return work();
      limiter.points = points;
      const key = toBoundedKey(toAddressKey(clientAddress(ctx), ctx.req.socket.remoteAddress));
      try {
        await limiter.consume(key, IN_FLIGHT_POINTS);
      } catch (exceeded) {
        throw await refuse(ctx, key, exceeded as RateLimiterRes);
      }
      let cost = 0;
      upstreamCallers.delete(ctx);
      try {
        const result = await work();
        if (upstreamCallers.has(ctx)) cost = UPSTREAM_CALL_POINTS;
        return result;
      } catch (error) {
        cost = isGuess(error) ? FAILURE_POINTS : UPSTREAM_CALL_POINTS;
        throw error;
      } finally {
        await limiter.penalty(key, cost - IN_FLIGHT_POINTS);
      }
    },

    countUpstreamCall() {
      const ctx = currentRequest(strapi);
      if (ctx) upstreamCallers.add(ctx);
    },
  };
}

/** Keys of addresses; beyond {@link MAX_ADDRESSES} in a minute, all further ones have the same key. */
function boundedKeys(): (address: string) => string {
  let seen = new Set<string>();
  let until = 0;
  return (address) => {
    if (performance.now() > until) {
      seen = new Set();
      until = performance.now() + WINDOW * 1000;
    }
    if (seen.size < MAX_ADDRESSES) seen.add(address);
    return seen.has(address) ? address : 'other addresses';
  };
}

/** Whether users-permissions has its own rate limit on, which is its default. */
function limitedByUsersPermissions(strapi: Strapi): boolean {
  const { ratelimit: theirs } = pluginConfig<{ ratelimit?: { enabled?: unknown } }>(
    strapi,
    'users-permissions',
  );
  return !theirs || !Object.hasOwn(theirs, 'enabled') || theirs.enabled === true;
}
