import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { withoutServer } from './databases/needs-server.mjs';
import {
  buildAdminPanelIfStale,
  buildPluginIfStale,
  buildStrapi5IfStale,
  installIfMissing,
  installStrapi5IfMissing,
  root,
} from './prepare.mjs';

const isStrapi5 = process.env.STRAPI === '5';

try {
  await installIfMissing();
  if (isStrapi5) {
    await installStrapi5IfMissing();
    await buildStrapi5IfStale();
  } else {
    await buildPluginIfStale();
    await buildAdminPanelIfStale();
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const jest = spawn(
  process.execPath,
  [
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    ...process.argv.slice(2),
    ...withoutServer,
    ...(isStrapi5 ? ['--testMatch=**/*.test.ts', '--testMatch=**/tests/strapi-5/*.ts'] : []),
  ],
  { cwd: root, stdio: 'inherit' },
);

// Ctrl-C reaches Jest too, and its end is ours.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => jest.kill('SIGTERM'));
jest.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
