/**
 * Mutation testing of the protocol core: each mutant is a small mistake in what decides whether a
 * token is true, and some test must notice it. docs/mutation-testing.md explains those that none does.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  mutate: ['server/protocol/**/*.ts'],
  ignorePatterns: ['dist', 'coverage', 'demo', 'docs', 'examples'],
  jest: {
    projectType: 'custom',
    configFile: 'package.json',
    // The tests that reach the core without a Strapi.
    config: {
      testMatch: [
        '<rootDir>/tests/protocol/**/*.test.ts',
        '<rootDir>/tests/settings/{config,settings}.test.ts',
      ],
      reporters: [],
      // What hangs has failed.
      testTimeout: 30_000,
    },
    enableFindRelatedTests: true,
  },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // A busy machine must not pass for a killed mutant.
  timeoutMS: 60_000,
  reporters: ['clear-text', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: 'reports/mutation.json' },
  htmlReporter: { fileName: 'reports/mutation.html' },
  thresholds: { high: 95, low: 90, break: 90 },
};
