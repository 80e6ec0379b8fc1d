const { randomUUID } = require('node:crypto');
const { writeFileSync } = require('node:fs');
const path = require('node:path');

/** Writes the counts of the instrumented code in this process, or in this test's environment, to a file. */
module.exports = (global) => {
  if (!global.__coverage__) return;
  const file = path.join(__dirname, '..', 'counts', `${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(global.__coverage__));
};
