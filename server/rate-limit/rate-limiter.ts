import type { Context } from 'koa';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { CognitoError, isGuess } from '../protocol/errors';
import { currentState, requestState } from '../request-state';
import type { CognitoConfig } from '../settings/config';
import { type Strapi, pluginConfig } from '../strapi';
import { clientAddress, toAddressKey } from './client-address';

/** The window in which the points of an address are counted, in seconds. It starts with the first request. */
const WINDOW_SECONDS = 60;
/** Points of a failed attempt. `rateLimit.failures` is the number of failed attempts per minute. */
const FAILURE_POINTS = 20;
/** Points of a request that calls Cognito, or that is refused although the user's identity is proven. */
const UPSTREAM_CALL_POINTS = 1;
/** Points of a request in flight. They limit the number of concurrent requests. */
const IN_FLIGHT_POINTS = 2;
/** How many addresses are counted at a time. With one more, all counts start again, which bounds the memory. */
const MAX_ADDRESSES = 25_000;
const DEFAULT_FAILURES = 30;

/** This plugin's service `rate-limiter`. */
export const rateLimiter = (strapi: Strapi): RateLimiter =>
  strapi.plugin('cognito').service<RateLimiter>('rate-limiter');

/** Limits failed attempts per IP address, in this instance's memory. A login that succeeds in a browser is free. */
export class RateLimiter {
  private counts = new Counts();

  constructor(private readonly strapi: Strapi) {}

  /**
   * Does the work of a request, unless its address has failed too often.
   *
   * @throws {CognitoError} `too_many_requests`, with `Retry-After` set and none of the work done; and
   * what the work throws.
   */
  async guard<T>(ctx: Context, work: () => Promise<T>): Promise<T> {
    const { enabled = limitedByUsersPermissions(this.strapi), failures = DEFAULT_FAILURES } =
      pluginConfig<CognitoConfig>(this.strapi, 'cognito').rateLimit ?? {};
    if (!enabled) return work();
    const key = toAddressKey(clientAddress(ctx), ctx.req.socket.remoteAddress);
    if (!this.counts.hasRoomFor(key)) {
      this.counts.clear();
      this.counts = new Counts();
    }
    const { counts } = this;
    const { limiter } = counts;
    limiter.points = failures * FAILURE_POINTS;
    let windowEnd: number;
    try {
      windowEnd = Date.now() + (await limiter.consume(key, IN_FLIGHT_POINTS)).msBeforeNext;
    } catch (exceeded) {
      throw await this.refuse(ctx, counts, key, exceeded as RateLimiterRes);
    }
    const state = requestState(ctx);
    state.cost = 0;
    try {
      return await work();
    } catch (error) {
      state.cost = isGuess(error) ? FAILURE_POINTS : UPSTREAM_CALL_POINTS;
      throw error;
    } finally {
      // The next window does not have the points of this request in flight.
      const held = Date.now() < windowEnd ? IN_FLIGHT_POINTS : 0;
      if (state.cost !== held) await limiter.penalty(key, state.cost - held);
    }
  }

  /** Counts a call to Cognito that the current request is about to make for a client. */
  countUpstreamCall(): void {
    currentState(this.strapi).cost = UPSTREAM_CALL_POINTS;
  }

  /** Counts the current request as a failed attempt, although it throws no error. */
  countFailure(): void {
    currentState(this.strapi).cost = FAILURE_POINTS;
  }

  private async refuse(
    ctx: Context,
    { limiter, logged }: Counts,
    key: string,
    { msBeforeNext }: RateLimiterRes,
  ): Promise<CognitoError> {
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    const reason = `${key} has exceeded the rate limit, blocked for ${seconds} s`;
    await limiter.reward(key, IN_FLIGHT_POINTS);
    // Logged once. If the log grew with each refusal, an attacker could fill the disk.
    await logged.consume(key).then(
      () => this.strapi.log.warn(`[cognito] login refused, too_many_requests: ${reason}`),
      () => undefined,
    );
    ctx.set('Retry-After', String(seconds));
    return new CognitoError('too_many_requests', reason);
  }
}

/** The points of addresses, and the addresses whose refusal was logged. */
class Counts {
  readonly limiter = new RateLimiterMemory({ points: 0, duration: WINDOW_SECONDS });
  readonly logged = new RateLimiterMemory({ points: 1, duration: WINDOW_SECONDS });
  private addresses = new Set<string>();
  private until = 0;

  /** Whether an address can be counted in addition to those of the last minute. */
  hasRoomFor(address: string): boolean {
    if (Date.now() > this.until) {
      this.addresses = new Set();
      this.until = Date.now() + WINDOW_SECONDS * 1000;
    }
    return this.addresses.add(address).size <= MAX_ADDRESSES;
  }

  /** Frees the memory of all addresses at once. */
  clear(): void {
    for (const address of this.addresses) {
      void this.limiter.delete(address);
      void this.logged.delete(address);
    }
  }
}

/** Whether users-permissions has its own rate limit on, which is its default. */
function limitedByUsersPermissions(strapi: Strapi): boolean {
  const { ratelimit: theirs } = pluginConfig<{ ratelimit?: { enabled?: unknown } }>(
    strapi,
    'users-permissions',
  );
  return !theirs || !Object.hasOwn(theirs, 'enabled') || theirs.enabled === true;
}
