/* global expect, test */
const { findBrowser, findCommand } = require('../chromium/find');
const needsOf = require('./needs-of');
const needs = require('./needs.json');

const isThere = {
  browser: () => findBrowser() !== undefined,
  git: () => findCommand('git') !== undefined,
};

// The tests of a file are skipped where the machine lacks what they need, and none of its hooks is run.
const missing = needsOf(expect.getState().testPath).find((need) => !isThere[need]());
if (missing !== undefined) {
  const { lacking, install } = needs[missing];
  if (process.env.CI === 'true') {
    throw new Error(`With CI=true no test is skipped, and ${lacking}. Install it: ${install}`);
  }
  globalThis.test = test.skip;
}
