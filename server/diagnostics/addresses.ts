import { BlockList, isIP } from 'node:net';
import { isLoopback } from '../protocol/endpoints';

/** Networks that are not the internet. @see https://www.iana.org/assignments/iana-ipv4-special-registry @see https://www.iana.org/assignments/iana-ipv6-special-registry */
const notPublic = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv6');
}

/** Whether an IP address is of this computer, of a private network, or of no computer at all. */
export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  return notPublic.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a URL is one that browsers elsewhere may open, as far as its host's name tells. */
export function isPublic({ hostname }: URL): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return !isLoopback(hostname) && !(isIP(bare) !== 0 && isPrivateAddress(bare));
}
