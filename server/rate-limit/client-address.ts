import { isIP } from 'node:net';
import type { Context } from 'koa';

/**
 * Where a request came from, as the proxy nearest to Strapi says, where one is trusted. Koa takes the
 * first address of `X-Forwarded-For`, which is the client's own word where proxies add to that header:
 * so do AWS's load balancers. Where there are several proxies, the app tells Koa how many addresses to
 * believe (`maxIpsCount`), and Koa's reading is then the right one.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
 */
export function clientAddress({ app, request }: Context): string {
  const { maxIpsCount = 0 } = app as { maxIpsCount?: number };
  return (maxIpsCount > 0 ? undefined : request.ips.at(-1)) ?? request.ip;
}

/**
 * What a client is known by to the limits: an IPv4 address, or the /64 of an IPv6 one, of which a
 * single subscriber has all. One client has one key, however its address is written.
 *
 * @param ip as Strapi has it, hostile where a proxy is trusted: it is then what a header says.
 * @param socket address at the other end of the connection, for where `ip` is none.
 * @see https://www.rfc-editor.org/rfc/rfc6177
 */
export function toAddressKey(ip: string, socket: string | undefined): string {
  return keyOf(ip) ?? keyOf(socket ?? '') ?? 'unknown';
}

function keyOf(text: string): string | undefined {
  const address = withoutPort(text).split('%', 1)[0] ?? '';
  if (isIP(address) === 4) return address;
  if (isIP(address) !== 6) return undefined;
  const groups = groupsOf(address);
  const isV4 = IPV4_WITHIN.some((prefix) => prefix.every((group, at) => groups[at] === group));
  if (isV4) return bytesOf(groups.slice(6)).join('.');
  return `${groups.slice(0, 4).map(hex).join(':')}::/64`;
}

/** Some proxies forward the port too, which is another for each connection. */
function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const [, v4] = /^([\d.]+):\d+$/.exec(text) ?? [];
  return bracketed ?? v4 ?? text;
}

/**
 * Prefixes of 96 bits before an IPv4 address: mapped, and translated.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
 * @see https://www.rfc-editor.org/rfc/rfc6052#section-2.1
 */
const IPV4_WITHIN = [
  [0, 0, 0, 0, 0, 0xffff],
  [0x64, 0xff9b, 0, 0, 0, 0],
];

/** The eight groups of an IPv6 address. The URL parser writes it in the one canonical way. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before, after] = [numbersOf(head), numbersOf(tail ?? '')];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

const numbersOf = (text: string): number[] =>
  text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));

const bytesOf = (groups: number[]): number[] =>
  groups.flatMap((group) => [group >> 8, group & 0xff]);

const hex = (group: number): string => group.toString(16);
