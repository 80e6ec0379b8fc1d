// Replaces strapi-server.js of the instrumented plugin.
const plugin = require('./dist/strapi-server');
const record = require('./record');

// A boot that fails ends without `destroy`; after a `destroy`, Strapi removes all listeners.
process.on('exit', () => record(globalThis));

module.exports = {
  ...plugin,
  destroy: async (context) => {
    await plugin.destroy(context);
    record(globalThis);
  },
};
