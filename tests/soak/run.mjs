/*
 * `npm run soak`: several Strapis on one PostgreSQL, with constant logins and constant faults. It takes ten minutes;
 * SOAK_SECONDS sets another length. The exit code is 0 if nothing went wrong.
 */
import { createRequire } from 'node:module';
import { keep, stop } from '../support/databases/keep.mjs';
import { buildPluginIfStale, installIfMissing } from '../support/prepare.mjs';

const seconds = Number(process.env.SOAK_SECONDS || 600);
if (!(seconds >= 30)) {
  console.error(`SOAK_SECONDS is ${process.env.SOAK_SECONDS}: at least 30 are needed.`);
  process.exit(1);
}
await installIfMissing();
await buildPluginIfStale();
const keeper = keep('postgres');
let passed = false;
try {
  // The harness reads these when it is loaded.
  Object.assign(process.env, { TEST_DATABASE: 'postgres', TEST_DATABASE_URL: await keeper.url });
  const require = createRequire(import.meta.url);
  // From here on, TypeScript can be loaded.
  require('tsx/cjs');
  passed = await require('./soak.ts').soak(seconds);
} catch (error) {
  console.error(error);
} finally {
  await stop(keeper);
}
process.exit(passed ? 0 : 1);
