import { startAll } from './start-all';

test('never ends', async () => {
  await startAll();
  process.stderr.write('All is started.\n');
  await new Promise(() => undefined);
}, 600_000);
