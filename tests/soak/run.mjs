/*
 * `npm run soak`: several Strapis on one PostgreSQL, logins all the time, and trouble all the time. Ten minutes;
 * SOAK_SECONDS for another length. Ends with 0 where all held that must hold.
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
let held = false;
try {
  // Read when the harness is loaded.
  Object.assign(process.env, { TEST_DATABASE: 'postgres', TEST_DATABASE_URL: await keeper.url });
  const require = createRequire(import.meta.url);
  // From here on, TypeScript can be loaded.
  require('tsx/cjs');
  held = await require('./soak.ts').soak(seconds);
} catch (error) {
  console.error(error);
} finally {
  await stop(keeper);
}
process.exit(held ? 0 : 1);
