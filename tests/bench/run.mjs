import { createRequire } from 'node:module';
import { buildPluginIfStale, installIfMissing } from '../support/prepare.mjs';

// `npm run bench`: ratios measured in one run, as absolute figures say more of the machine.
await installIfMissing();
await buildPluginIfStale();
const require = createRequire(import.meta.url);
// From here on, TypeScript can be loaded.
require('tsx/cjs');
await require('./bearer.ts').run();
process.exit(0);
