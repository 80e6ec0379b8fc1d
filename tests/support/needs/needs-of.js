const { readFileSync } = require('node:fs');

/**
 * What a test file needs that a bare machine lacks: names of needs.json. They stand in a comment, which is the file's first
 * line, after `@needs`.
 */
module.exports = (file) => {
  const [line] = readFileSync(file, 'utf8').split('\n', 1);
  return /^\/\*\* @needs ([\w ]+) \*\/$/.exec(line)?.[1].split(' ') ?? [];
};
