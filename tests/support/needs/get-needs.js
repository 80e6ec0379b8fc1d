const { readFileSync } = require('node:fs');

/**
 * What a test file needs beyond Node: names from needs.json. The file lists them in a comment on its first line, after
 * `@needs`.
 */
module.exports = (file) => {
  const [line] = readFileSync(file, 'utf8').split('\n', 1);
  return /^\/\*\* @needs ([\w ]+) \*\/$/.exec(line)?.[1].split(' ') ?? [];
};
