import { toAddressKey } from '../../server/rate-limit/rate-limiter';

const PROXY = '192.0.2.250';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:cb00:7107', '203.0.113.7'],
  ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
  ['0000:0000:0000:0000:0000:FFFF:CB00:7107', '203.0.113.7'],
  ['64:ff9b::203.0.113.7', '203.0.113.7'],
  ['64:ff9b::cb00:7107', '203.0.113.7'],
  ['203.0.113.7:51234', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:51234', '203.0.113.7'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff:FFFF:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:0:0:1.2.3.4', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::1]', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::1]:443', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['2001:db8::', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['fe80::2%eth1', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  // Only near the prefixes of an IPv4 address.
  ['::ffff:0:203.0.113.7', '0:0:0:0::/64'],
  ['64:ff9b:1::203.0.113.7', '64:ff9b:1:0::/64'],
])('the key of %s is %s', (ip, key) => {
  expect(toAddressKey(ip, PROXY)).toBe(key);
});

test.each(['', 'unknown', '1.2.3', '01.2.3.4', '1.2.3.4 ', '[]', ':', '::g', 'x'.repeat(10_000)])(
  'for an invalid address (%j) the key is the peer of the connection',
  (ip) => {
    expect(toAddressKey(ip, '::ffff:192.0.2.250')).toBe(PROXY);
  },
);

test('without either, all share one key', () => {
  expect(toAddressKey('', undefined)).toBe('unknown');
});
