const needsOf = require('./needs/needs-of');
const needs = require('./needs/needs.json');

/** Ends a run with one plain line, which any tool can read. */
module.exports = class ClosingLine {
  /** What counts in Jest's results. */
  static countsOf({ numPassedTests, numFailedTests, numFailedTestSuites, numPendingTests }) {
    return {
      passed: numPassedTests,
      // A file that could not be run at all counts as one failure.
      failed: Math.max(numFailedTests, numFailedTestSuites),
      skipped: numPendingTests,
    };
  }

  static lineOf({ passed, failed, skipped }) {
    return `${passed} passed, ${failed} failed, ${skipped} skipped`;
  }

  onRunComplete(_contexts, results) {
    for (const line of skippedFiles(results.testResults)) console.log(`\n${line}`);
    console.log(`\n${ClosingLine.lineOf(ClosingLine.countsOf(results))}`);
  }
};

/** One line for each thing that the machine lacks: how many files were skipped, and what to install. */
function skippedFiles(testResults) {
  const skipped = testResults.filter(({ skipped, testFilePath }) => skipped && testFilePath);
  return Object.entries(needs).flatMap(([need, { lacking, install }]) => {
    const { length } = skipped.filter(({ testFilePath }) => needsOf(testFilePath).includes(need));
    const files = length === 1 ? 'file was' : 'files were';
    return length === 0
      ? []
      : [`${length} test ${files} skipped: ${lacking}. Install it: ${install}`];
  });
}
