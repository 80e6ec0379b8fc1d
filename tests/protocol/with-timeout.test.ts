import { withTimeout } from '../../server/protocol/with-timeout';

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('work that ends in time', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('returns its result, and leaves no timer', async () => {
    await expect(withTimeout(Promise.resolve('done'), 1000)).resolves.toBe('done');
    expect(jest.getTimerCount()).toBe(0);
  });

  test('throws its error, and leaves no timer', async () => {
    const error = new Error('of the work');
    await expect(withTimeout(Promise.reject(error), 1000)).rejects.toBe(error);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('work that is late', () => {
  test('throws a TimeoutError that says how long it had', async () => {
    const never = new Promise<never>(() => undefined);
    await expect(withTimeout(never, 5)).rejects.toMatchObject({
      name: 'TimeoutError',
      message: 'took longer than 5 ms',
    });
  });

  // Jest fails a test during which a rejection is unhandled.
  test('may fail without an unhandled rejection', async () => {
    const failing = later(20).then(() => Promise.reject(new Error('late')));
    await expect(withTimeout(failing, 5)).rejects.toMatchObject({ name: 'TimeoutError' });
    await later(40);
  });
});
