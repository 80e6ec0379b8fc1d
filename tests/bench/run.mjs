import { createRequire } from 'node:module';
import { keep, stop } from '../support/databases/keep.mjs';
import { buildPluginIfStale, installIfMissing } from '../support/prepare.mjs';

/** What can be measured, in the order in which all of it is. */
const PARTS = ['verification', 'logins', 'whole-login', 'bearer', 'boot', 'instances'];

// `npm run bench [-- PART …]`: ratios measured in one run, as absolute figures say more of the machine.
const asked = process.argv.slice(2);
const unknown = asked.find((part) => !PARTS.includes(part));
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}": ${PARTS.join(', ')}.`);
  process.exit(1);
}
await installIfMissing();
await buildPluginIfStale();
const require = createRequire(import.meta.url);
// From here on, TypeScript can be loaded.
require('tsx/cjs');
for (const part of asked.length > 0 ? asked : PARTS)
  await require(`./${part}.ts`).run({ keep, stop });
process.exit(0);
