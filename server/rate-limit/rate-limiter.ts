import ipaddr from 'ipaddr.js';
import type { Context } from 'koa';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { CognitoError, isGuess } from '../protocol/errors';
import { currentState, requestState } from '../request-state';
import type { CognitoConfig } from '../settings/config';
import { type Strapi, pluginConfig } from '../strapi';

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

  private async refuse(ctx: Context, counts: Counts, key: string, exceeded: RateLimiterRes) {
    const seconds = Math.max(1, Math.ceil(exceeded.msBeforeNext / 1000));
    const reason = `${key} has exceeded the rate limit, blocked for ${seconds} s`;
    await counts.limiter.reward(key, IN_FLIGHT_POINTS);
    // Logged once. If the log grew with each refusal, an attacker could fill the disk.
    await counts.logged.consume(key).then(
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

/**
 * The IP address that a request comes from: with a trusted proxy, the one that the nearest proxy reports. Koa takes
 * the first address of `X-Forwarded-For`, which the client may have written if proxies append to that header, as
 * AWS's load balancers do. Behind several proxies, the app sets Koa's `maxIpsCount`, and Koa's address is right.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
 */
function clientAddress({ app, request }: Context): string {
  const { maxIpsCount = 0 } = app as { maxIpsCount?: number };
  return (maxIpsCount > 0 ? undefined : request.ips.at(-1)) ?? request.ip;
}

/**
 * The key of a client for the rate limit: an IPv4 address, or the /64 of an IPv6 address, which is what one
 * subscriber has. A client has one key, however its address is written.
 *
 * @param ip from Strapi; behind a trusted proxy it is what a header says, and may be anything.
 * @param socket address at the other end of the connection, in case `ip` is not an address.
 * @see https://www.rfc-editor.org/rfc/rfc6177
 */
export const toAddressKey = (ip: string, socket: string | undefined): string =>
  toKey(ip) ?? toKey(socket ?? '') ?? 'unknown';

function toKey(text: string): string | undefined {
  const address = withoutPort(text);
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return address;
  if (!ipaddr.IPv6.isValid(address)) return undefined;
  const ipv6 = ipaddr.IPv6.parse(address);
  const { parts } = ipv6;
  if (IPV4_RANGES.some((range) => ipv6.match(range))) {
    return new ipaddr.IPv4(parts.slice(6).flatMap((part) => [part >> 8, part & 0xff])).toString();
  }
  const network = parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}

/** Some proxies add the port, which differs for each connection. */
function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const [, v4] = /^([\d.]+):\d+$/.exec(text) ?? [];
  return bracketed ?? v4 ?? text;
}

/**
 * Ranges of IPv6 addresses that stand for an IPv4 address: mapped, and translated.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
 * @see https://www.rfc-editor.org/rfc/rfc6052#section-2.1
 */
const IPV4_RANGES = ['::ffff:0:0/96', '64:ff9b::/96'].map((each) => ipaddr.IPv6.parseCIDR(each));
