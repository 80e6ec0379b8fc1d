/*
 * `npm run release [-- --dry-run]`: publishes the versions that the package.json files name, of the client and of the plugin for Strapi 5
 * and Strapi 4, from a clean tree that has passed every check. `--dry-run` does everything except publishing. It must
 * run where npm can sign provenance (for example in a GitHub workflow with `id-token: write`).
 * @see https://docs.npmjs.com/generating-provenance-statements
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dryRun = process.argv.includes('--dry-run');
const readManifest = (...folder) =>
  JSON.parse(readFileSync(join(root, ...folder, 'package.json'), 'utf8'));
const strapi4 = readManifest();
const strapi5 = readManifest('strapi-5');
const client = readManifest('client');
const { baseBranch } = JSON.parse(readFileSync(join(root, '.changeset', 'config.json'), 'utf8'));
const { name, version } = strapi4;
const title = `${name} ${version} and ${strapi5.version}`;
const tags = [`v${version}`, `v${strapi5.version}`];

const read = (command, ...args) =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim();
const run = (command, ...args) => execFileSync(command, args, { cwd: root, stdio: 'inherit' });

/** The reasons not to publish, one sentence each. */
function findObstacles() {
  const found = [];
  const changed = read('git', 'status', '--porcelain');
  if (changed !== '') found.push(`The tree is not clean:\n${changed}`);
  const branch = read('git', 'rev-parse', '--abbrev-ref', 'HEAD');
  if (branch !== baseBranch)
    found.push(`This is branch ${branch}; releases are made from ${baseBranch}.`);
  const changes = readdirSync(join(root, '.changeset')).filter(
    (file) => file.endsWith('.md') && file !== 'README.md',
  );
  if (changes.length > 0) {
    found.push(`Changes wait for a version (${changes.join(', ')}): npm run version, and commit.`);
  }
  if (!version.startsWith('4.')) {
    found.push(`Version ${version} is not for Strapi 4: a changeset must not be "major".`);
  }
  if (strapi5.version !== version.replace(/^4\./, '5.')) {
    found.push(`The package for Strapi 5 has version ${strapi5.version}.`);
  }
  if (client.version !== version) found.push(`The client has version ${client.version}.`);
  const heading = `## ${version} and ${strapi5.version}`;
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  if (!changelog.split('\n').includes(heading)) {
    found.push(`CHANGELOG.md has no section "${heading}".`);
  }
  for (const tag of tags) {
    if (read('git', 'tag', '--list', tag) !== '') {
      found.push(`${tag} is already released: the tag exists.`);
    }
  }
  for (const [folder, { repository }] of Object.entries({
    '.': strapi4,
    'strapi-5': strapi5,
    client,
  })) {
    if (repository === undefined) {
      const file = join(folder, 'package.json');
      found.push(
        `${file} has no \`repository\`, which npm compares with the origin of the provenance.`,
      );
    }
  }
  return found;
}

const found = findObstacles();
if (found.length > 0) {
  console.error(`${title} are not published:\n- ${found.join('\n- ')}`);
  process.exit(1);
}
try {
  run(join(root, '.ci', 'run'));
} catch {
  console.error(`${title} are not published: .ci/run fails.`);
  process.exit(1);
}
if (read('git', 'status', '--porcelain') !== '') {
  console.error(`${title} are not published: the checks have changed the tree.`);
  process.exit(1);
}
// `publishConfig` requires provenance, which a dry run cannot sign.
const options = dryRun ? ['--dry-run', '--provenance=false'] : [];
// The client first, because the plugin's docs link to it. The tag `latest` is for Strapi 5.
run('npm', 'publish', './client', ...options);
run('npm', 'publish', './strapi-5', ...options);
run('npm', 'publish', '--tag', 'strapi-4', ...options);
if (!dryRun) {
  for (const tag of tags)
    run('git', 'tag', '--annotate', tag, '--message', `${name} ${tag.slice(1)}`);
  console.log(`Published. Now: git push origin ${baseBranch} ${tags.join(' ')}`);
}
