/*
 * `npm run test:strapi-5 [Jest's arguments]`: the tests against Strapi 5. Without a test file, those of SUITES: what
 * does not depend on Strapi's version is only tested on Strapi 4.
 */
const SUITES = [
  'tests/strapi-5/',
  'tests/login/',
  'tests/attacks/',
  'tests/bearer/',
  'tests/admin-api/',
  'tests/accounts/',
  'tests/sites/',
  'tests/admin/(page|rights-and-failures)',
  'tests/package/contents',
  'tests/diagnostics/',
  'tests/faults/',
  'tests/rate-limit/rate-limiter',
  'tests/docs/extending',
];

const given = process.argv.slice(2);
process.env.STRAPI = '5';
if (!given.some((argument) => argument.includes('tests/'))) process.argv.push(...SUITES);
await import('../support/run.mjs');
