import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { keep, stop } from '../support/databases/keep.mjs';
import { EDITIONS, installIfMissing } from '../support/prepare.mjs';

/** The benchmarks, in the order of a full run. */
const PARTS = ['verification', 'logins', 'whole-login', 'bearer', 'boot', 'instances'];
/** The built-in provider of Strapi 5 only calls Cognito over https, for which the stand-in has no certificate. */
const NOT_ON_STRAPI_5 = 'whole-login';

// `npm run bench [-- PART …] [-- --strapi 5]`: ratios, because absolute figures depend on the machine.
const { values, positionals } = parseArgs({
  options: { strapi: { type: 'string', default: '4' } },
  allowPositionals: true,
});
const edition = EDITIONS[values.strapi];
const parts = PARTS.filter((part) => values.strapi === '4' || part !== NOT_ON_STRAPI_5);
const unknown = positionals.find((part) => !parts.includes(part));
if (edition === undefined || unknown !== undefined) {
  console.error(
    edition ? `There is no part "${unknown}": ${parts.join(', ')}.` : 'Strapi is 4 or 5.',
  );
  process.exit(1);
}
process.env.STRAPI = values.strapi;
await installIfMissing();
await edition.install();
await edition.buildPlugin();
const require = createRequire(import.meta.url);
// From here on, TypeScript can be loaded.
require('tsx/cjs');
for (const part of positionals.length > 0 ? positionals : parts)
  await require(`./${part}.ts`).run({ keep, stop });
process.exit(0);
