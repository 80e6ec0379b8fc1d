const { TestEnvironment } = require('jest-environment-node');

const started = Symbol.for('what the tests have started');

// If Jest is killed, its worker ends too, with all processes that it has started.
process.once('disconnect', () => process.exit(1));

/** Jest's Node environment, which at the end of a file stops what was passed to `stopAtEnd`. */
module.exports = class extends TestEnvironment {
  async handleTestEvent({ name }) {
    if (name === 'run_finish') await this.global[started]?.stopAll();
  }
};
