/*
 * `npm run release [-- --dry-run]`: publishes the version that package.json names, of the plugin and of its
 * client, from a clean tree that has passed every check. `--dry-run` does all of it but the publishing. Where it runs must be
 * one that npm knows (`id-token: write` in a GitHub workflow, for one): provenance is signed with it.
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
const manifest = readManifest();
const client = readManifest('client');
const { baseBranch } = JSON.parse(readFileSync(join(root, '.changeset', 'config.json'), 'utf8'));
const { name, version } = manifest;

const read = (command, ...args) =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim();
const run = (command, ...args) => execFileSync(command, args, { cwd: root, stdio: 'inherit' });

/** What stands against publishing, a sentence each. */
function objections() {
  const found = [];
  const changed = read('git', 'status', '--porcelain');
  if (changed !== '') found.push(`The tree is not clean:\n${changed}`);
  const branch = read('git', 'rev-parse', '--abbrev-ref', 'HEAD');
  if (branch !== baseBranch) found.push(`This is branch ${branch}; releases are of ${baseBranch}.`);
  const changes = readdirSync(join(root, '.changeset')).filter(
    (file) => file.endsWith('.md') && file !== 'README.md',
  );
  if (changes.length > 0) {
    found.push(`Changes wait for a version (${changes.join(', ')}): npm run version, and commit.`);
  }
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  if (!changelog.split('\n').includes(`## ${version}`)) {
    found.push(`CHANGELOG.md has no section ${version}.`);
  }
  if (read('git', 'tag', '--list', `v${version}`) !== '') {
    found.push(`v${version} is released already: there is a tag of it.`);
  }
  if (client.version !== version) found.push(`The client has version ${client.version}.`);
  for (const each of [manifest, client]) {
    if (each.repository === undefined) {
      found.push(
        `package.json of ${each.name} has no \`repository\`, which npm compares with where provenance is from.`,
      );
    }
  }
  return found;
}

const found = objections();
if (found.length > 0) {
  console.error(`${name} ${version} is not published:\n- ${found.join('\n- ')}`);
  process.exit(1);
}
try {
  run(join(root, '.ci', 'run'));
} catch {
  console.error(`${name} ${version} is not published: .ci/run does not pass.`);
  process.exit(1);
}
if (read('git', 'status', '--porcelain') !== '') {
  console.error(`${name} ${version} is not published: the checks have changed the tree.`);
  process.exit(1);
}
// `publishConfig` asks for provenance, which a dry run has nobody to sign for.
const options = dryRun ? ['--dry-run', '--provenance=false'] : [];
// The client first: the plugin's docs lead to it.
run('npm', 'publish', './client', ...options);
run('npm', 'publish', ...options);
if (!dryRun) {
  run('git', 'tag', '--annotate', `v${version}`, '--message', `${name} ${version}`);
  console.log(`Published. Now: git push origin ${baseBranch} v${version}`);
}
