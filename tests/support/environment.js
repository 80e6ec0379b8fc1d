const { TestEnvironment } = require('jest-environment-node');

const started = Symbol.for('what the tests have started');

// If Jest is killed, its worker ends too, with all processes that it has started.
const end = () => process.exit(1);
process.once('disconnect', end);
// When Jest is done, it stops listening to its worker's channel, which this listener would otherwise keep open.
process.on('removeListener', (name) => {
  if (name === 'message' && process.listenerCount(name) === 0) process.off('disconnect', end);
});

/** What the next test file uses again, because it takes time: see `strapi/child.ts`. They end with this process. */
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
