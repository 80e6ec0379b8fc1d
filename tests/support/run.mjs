import { spawn } from 'node:child_process';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';
import { withoutServer } from './databases/needs-server.mjs';
import { EDITIONS, installIfMissing, root } from './prepare.mjs';

const isStrapi5 = process.env.STRAPI === '5';

try {
  await installIfMissing();
  const edition = EDITIONS[isStrapi5 ? 5 : 4];
  // A test moves a site from Strapi 4.
  if (isStrapi5) await EDITIONS[4].buildPlugin();
  await edition.install();
  await edition.buildPlugin();
  await edition.buildAdminPanel();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const jest = spawn(
  process.execPath,
  [
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    // Many tests wait, for a timeout or for a browser, and leave their core to another one.
    `--maxWorkers=${availableParallelism() + 1}`,
    ...process.argv.slice(2),
    ...withoutServer,
    ...(isStrapi5 ? ['--testMatch=**/*.test.ts', '--testMatch=**/tests/strapi-5/*.ts'] : []),
  ],
  { cwd: root, stdio: 'inherit' },
);

// Ctrl-C reaches Jest too, and this process ends with it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => jest.kill('SIGTERM'));
jest.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
