import { startAll } from './start-all';

beforeAll(async () => {
  await Promise.all([startAll(), Promise.reject(new Error('This one fails.'))]);
});

test('is not run', () => {
  throw new Error('A test was run.');
});
