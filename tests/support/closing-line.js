const getNeeds = require('./needs/get-needs');
const needs = require('./needs/needs.json');

/** Ends a run with one line that any tool can parse. */
module.exports = class ClosingLine {
  /** The counts from Jest's results. */
  static getCounts({ numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests }) {
    return {
      passed: numPassedTests,
      // A file that could not be run at all counts as one failure.
      failed: Math.max(numFailedTests, numFailedTestSuites),
      skipped: numPendingTests,
    };
  }

  static formatCounts({ passed, failed, skipped }) {
    return `${passed} passed, ${failed} failed, ${skipped} skipped`;
  }

  onRunComplete(_contexts, results) {
    for (const line of skippedFiles(results.testResults)) console.log(`\n${line}`);
    console.log(`\n${ClosingLine.formatCounts(ClosingLine.getCounts(results))}`);
  }
};

/** One line for each thing that is missing: how many files were skipped, and what to install. */
function skippedFiles(testResults) {
  const skipped = testResults.filter(({ skipped, testFilePath }) => skipped && testFilePath);
  return Object.entries(needs).flatMap(([need, { lacking, install }]) => {
    const { length } = skipped.filter(({ testFilePath }) => getNeeds(testFilePath).includes(need));
    const files = length === 1 ? 'file was' : 'files were';
    return length === 0
      ? []
      : [`${length} test ${files} skipped: ${lacking}. Install it: ${install}`];
  });
}
