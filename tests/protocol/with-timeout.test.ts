import { withTimeout } from '../../server/protocol/with-timeout';

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('work that ends in time', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('gives what it gave, and leaves no timer behind', async () => {
    await expect(withTimeout(Promise.resolve('done'), 1000)).resolves.toBe('done');
    expect(jest.getTimerCount()).toBe(0);
  });

  test('throws what it threw, and leaves no timer behind', async () => {
    const error = new Error('of the work');
    await expect(withTimeout(Promise.reject(error), 1000)).rejects.toBe(error);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('work that is late', () => {
  test('ends with a TimeoutError that says how long it had', async () => {
    const never = new Promise<never>(() => undefined);
    await expect(withTimeout(never, 5)).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'took longer than 5 ms',
    });
  });

  // Jest fails a test in whose time a rejection goes unhandled.
  test('may fail by itself: nobody listens any more', async () => {
    const failing = later(20).then(() => Promise.reject(new Error('late')));
    await expect(withTimeout(failing, 5)).rejects.toMatchObject({ name: 'TimeoutError' });
    await later(40);
  });
});
