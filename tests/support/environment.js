const { TestEnvironment } = require('jest-environment-node');

const started = Symbol.for('what the tests have started');

// If Jest is killed, its worker ends too, with all processes that it has started.
process.once('disconnect', () => process.exit(1));

/** Processes of `strapi/child.ts` that the next test file uses again. They end with this process. */
const idle = [];

/** Jest's Node environment, which at the end of a file stops what was passed to `stopAtEnd`. */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global[Symbol.for('idle Strapi processes')] = idle;
  }

  async handleTestEvent({ name }) {
    if (name === 'run_finish') await this.global[started]?.stopAll();
  }
};
