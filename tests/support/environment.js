const { TestEnvironment } = require('jest-environment-node');

const started = Symbol.for('what the tests have started');

// A worker whose Jest was killed ends too, and with it all processes that it has started.
process.once('disconnect', () => process.exit(1));

/** Jest's own environment, and at the end of a file all is stopped that `stop-at-end.ts` was told of. */
module.exports = class extends TestEnvironment {
  async handleTestEvent({ name }) {
    if (name === 'run_finish') await this.global[started]?.stopAll();
  }
};
