/*
 * `npm run test:package [Jest's arguments]`: the packed plugin in fresh apps.
 */
import { join } from 'node:path';
import { EDITIONS, root, run } from '../support/prepare.mjs';

try {
  await EDITIONS[4].install();
  await EDITIONS[5].install();
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const test = '--testMatch=**/tests/package/fresh-app.ts';
  await run(process.execPath, [jest, test, ...process.argv.slice(2)]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
