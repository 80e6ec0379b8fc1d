const { readFileSync } = require('node:fs');

/**
 * What a test file needs that a bare machine lacks: the names from needs.json which its first line has, as in `@needs git`
 * in a comment.
 */
module.exports = (file) => {
  const [line] = readFileSync(file, 'utf8').split('\n', 1);
  return /^\/\*\* @needs ([\w ]+) \*\/$/.exec(line)?.[1].split(' ') ?? [];
};
