/* global afterAll */
const path = require('node:path');

// The copy beside the instrumented plugin knows where to write the counts.
const record = require(path.join(process.env.PLUGIN_UNDER_TEST, 'record.js'));

afterAll(() => record(globalThis));
