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
    console.log(`\n${ClosingLine.lineOf(ClosingLine.countsOf(results))}`);
  }
};
