/* global expect, test */
const { findBrowser, findCommand } = require('../chromium/find');
const getNeeds = require('./get-needs');
const needs = require('./needs.json');

const isInstalled = {
  browser: () => findBrowser() !== undefined,
  git: () => findCommand('git') !== undefined,
};

// If something that a file needs is missing, its tests are skipped and its hooks do not run.
const missing = getNeeds(expect.getState().testPath).find((need) => !isInstalled[need]());
if (missing !== undefined) {
  const { lacking, install } = needs[missing];
  if (process.env.CI === 'true') {
    throw new Error(`With CI=true no test is skipped, and ${lacking}. Install it: ${install}`);
  }
  globalThis.test = test.skip;
}
