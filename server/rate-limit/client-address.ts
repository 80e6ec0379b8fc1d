import ipaddr from 'ipaddr.js';
import type { Context } from 'koa';

/**
 * The IP address that a request comes from: with a trusted proxy, the one that the nearest proxy reports. Koa takes
 * the first address of `X-Forwarded-For`, which the client may have written if proxies append to that header, as
 * AWS's load balancers do. Behind several proxies, the app sets Koa's `maxIpsCount`, and Koa's address is right.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
 */
export function clientAddress({ app, request }: Context): string {
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
export function toAddressKey(ip: string, socket: string | undefined): string {
  return toKey(ip) ?? toKey(socket ?? '') ?? 'unknown';
}

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
