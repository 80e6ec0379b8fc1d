// Beside the instrumented plugin this takes the place of its strapi-server.js.
const plugin = require('./dist/strapi-server');
const record = require('./record');

// A boot that fails ends without `destroy`; after a `destroy`, Strapi takes all listeners away.
process.on('exit', () => record(globalThis));

module.exports = {
  ...plugin,
  destroy: () => {
    plugin.destroy();
    record(globalThis);
  },
};
