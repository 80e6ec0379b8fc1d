import type { Context } from 'koa';
import { CognitoError } from '../../server/protocol/errors';
import { RateLimiter } from '../../server/rate-limit/rate-limiter';
import type { Strapi } from '../../server/strapi';
import { caughtCode } from '../support/caught-error';

const warnings: string[] = [];
const rateLimit = { enabled: true, failures: 2 };

const limiter = () =>
  new RateLimiter({
    config: { get: () => ({ rateLimit }) },
    log: { warn: (line: string) => warnings.push(line) },
  } as unknown as Strapi);

/** A request from an address. */
const from = (ip: string) =>
  ({
    app: {},
    request: { ips: [], ip },
    req: { socket: {} },
    set: () => undefined,
  }) as unknown as Context;

const address = (number: number) =>
  `10.${String(number >> 16)}.${String((number >> 8) & 255)}.${String(number & 255)}`;

const guess = () => Promise.reject(new CognitoError('token_signature', 'forged'));
const succeed = () => Promise.resolve('done');

test('the requests in flight of an address are limited to what a tenth of a failure allows', async () => {
  const limits = limiter();
  const endings: (() => void)[] = [];
  const slow = () => new Promise<void>((resolve) => endings.push(resolve));
  const codes = Array.from({ length: 100 }, () =>
    caughtCode(() => limits.guard(from('192.0.2.1'), slow)).catch(() => 'done'),
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(endings).toHaveLength(20);
  endings.forEach((end) => end());
  const refused = (await Promise.all(codes)).filter((code) => code === 'too_many_requests');
  expect(refused).toHaveLength(80);
  // Neither successful nor refused requests count any more.
  await expect(limits.guard(from('192.0.2.1'), succeed)).resolves.toBe('done');
  expect(await caughtCode(() => limits.guard(from('192.0.2.1'), guess))).toBe('token_signature');
  expect(await caughtCode(() => limits.guard(from('192.0.2.1'), guess))).toBe('token_signature');
  expect(await caughtCode(() => limits.guard(from('192.0.2.1'), guess))).toBe('too_many_requests');
  expect(warnings).toHaveLength(1);
});

test('memory is bounded, and other addresses do not affect an address', async () => {
  jest.useFakeTimers();
  try {
    const limits = limiter();
    const fail = (number: number) => caughtCode(() => limits.guard(from(address(number)), guess));
    for (let number = 0; number < 60_000; number += 1) {
      expect(await fail(number)).toBe('token_signature');
    }
    expect(jest.getTimerCount()).toBeLessThan(25_010);
    // Each has its own count.
    for (const number of [100_000, 100_001, 100_002]) {
      expect(await fail(number)).toBe('token_signature');
      expect(await fail(number)).toBe('token_signature');
      expect(await fail(number)).toBe('too_many_requests');
    }
    jest.advanceTimersByTime(60_001);
    expect(jest.getTimerCount()).toBe(0);
    expect(await fail(100_002)).toBe('token_signature');
  } finally {
    jest.useRealTimers();
  }
});

test('requests in flight at the end of a minute do not change the limit of the next', async () => {
  jest.useFakeTimers();
  try {
    const limits = limiter();
    const endings: (() => void)[] = [];
    const slow = () => new Promise<void>((resolve) => endings.push(resolve));
    const pending = Array.from({ length: 20 }, () => limits.guard(from('192.0.2.7'), slow));
    await Promise.resolve();
    jest.advanceTimersByTime(60_001);
    endings.forEach((end) => end());
    await Promise.all(pending);
    const fail = () => caughtCode(() => limits.guard(from('192.0.2.7'), guess));
    expect(await fail()).toBe('token_signature');
    expect(await fail()).toBe('token_signature');
    expect(await fail()).toBe('too_many_requests');
  } finally {
    jest.useRealTimers();
  }
});
