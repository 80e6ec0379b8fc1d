import { Allowances } from '../../server/rate-limit/allowances';

const MINUTE = 60_000;

let now: number;
let allowances: Allowances;

beforeEach(() => {
  now = 0;
  allowances = new Allowances(() => now);
});

const take = (points: number, key = 'a') => allowances.take(key, 60, points);

test('a key has its allowance, and no more', () => {
  for (let turn = 0; turn < 60; turn += 1) expect(take(1).wait).toBe(0);
  expect(take(1).wait).toBe(1_000);
  expect(take(1, 'b').wait).toBe(0);
});

test('it comes back steadily, and not beyond itself', () => {
  take(60);
  now += 10_000;
  expect(take(10).wait).toBe(0);
  expect(take(3).wait).toBe(3_000);
  now += 10 * MINUTE;
  expect(take(60).wait).toBe(0);
  expect(take(1).wait).toBe(1_000);
});

test('what is given back is there again, and not beyond the allowance', () => {
  take(60);
  allowances.charge('a', 60, -5);
  expect(take(5).wait).toBe(0);
  allowances.charge('a', 60, -1_000);
  expect(take(60).wait).toBe(0);
  expect(take(1).wait).toBe(1_000);
});

test('a debt is waited off, and goes no deeper than the allowance is high', () => {
  allowances.charge('a', 60, 70);
  expect(take(1).wait).toBe(11_000);
  allowances.charge('a', 60, 10_000);
  expect(take(1).wait).toBe(61_000);
  now += 61_000;
  expect(take(1).wait).toBe(0);
});

test('the first to be turned away is told apart, until the allowance was full again', () => {
  take(60);
  expect(take(1).first).toBe(true);
  expect(take(1).first).toBe(false);
  now += 30_000;
  take(30);
  expect(take(1).first).toBe(false);
  now += MINUTE;
  take(60);
  expect(take(1).first).toBe(true);
});

describe('memory', () => {
  test('is bounded, whatever number of addresses comes', () => {
    for (let key = 0; key < 1_000_000; key += 1) {
      allowances.charge(String(key), 60, 1);
      // Each at a moment of its own, as if a million came in a second or in a day.
      now += key % 2 ? 0 : 0.002;
    }
    expect(allowances.size).toBeLessThanOrEqual(50_000);
    expect(take(60, '999999').wait).toBeGreaterThan(0);
  });

  test('does not let go of a debt before it is waited off', () => {
    allowances.charge('a', 60, 1_000);
    for (let second = 1; second <= 119; second += 1) {
      now += 1_000;
      allowances.charge('another', 60, 1);
      if (second < 61) expect(take(1).wait).toBeGreaterThan(0);
    }
    expect(take(60).wait).toBeCloseTo(1_000);
  });

  test.each([2_000, 60_000, 119_999])(
    'keeps a debt made %i ms into a generation for two minutes, used or not',
    (start) => {
      now += start;
      allowances.charge('a', 60, 1_000);
      // The generations change at this one.
      now = 120_000;
      allowances.charge('another', 60, 1);
      now = start + 119_000;
      expect(take(60).wait).toBeCloseTo(1_000);
    },
  );

  test('is let go of where nothing is owed any more', () => {
    for (let key = 0; key < 1_000; key += 1) allowances.charge(String(key), 60, 60);
    for (let turn = 0; turn < 2; turn += 1) {
      now += 2 * MINUTE;
      allowances.charge('a', 60, 1);
    }
    expect(allowances.size).toBe(1);
    now += 60 * MINUTE;
    allowances.charge('b', 60, 1);
    expect(allowances.size).toBe(1);
  });

  test('holds a key that goes on failing, however many others fail meanwhile', () => {
    allowances.charge('a', 60, 60);
    for (let key = 0; key < 200_000; key += 1) {
      allowances.charge(String(key), 60, 1);
      if (key % 1_000 === 0) expect(take(1).wait).toBeGreaterThan(0);
    }
  });
});
