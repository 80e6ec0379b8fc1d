/*
 * `npm run test:versions [-- --strapi VERSION] [-- --node VERSION]`: the plugin from its tarball, in apps with several versions of Strapi, on
 * several versions of Node; then the tables in docs/versions.md and the README must match the results. UPDATE_DOCS=1
 * writes them. With an option, only these cells run; `--node current` is the Node that runs this. Installs are kept in
 * .cache/versions.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EDITIONS, installIfMissing, root } from '../support/prepare.mjs';
import { installNode, installStrapi } from './installs.mjs';
import { PACKAGES } from './matrix.mjs';
import { checkDocs, resultsTable, supportTable } from './table.mjs';

const require = createRequire(import.meta.url);
const work = mkdtempSync(join(tmpdir(), 'test-versions-'));
try {
  const packages = selectPackages();
  await installIfMissing();
  const results = runTests(await cellsToRun(packages));
  const table = resultsTable(packages, (strapi, node) => hasPassed(results, strapi, node));
  console.log(`\n${table}\n`);
  if (!results.success || table.includes('fails')) {
    throw new Error('Some tests fail; the docs are not changed.');
  }
  // The docs say that all pairs work. A run of some pairs can only confirm that.
  const update = packages === PACKAGES && process.env.UPDATE_DOCS === '1';
  await checkDocs(
    'docs/versions.md',
    resultsTable(PACKAGES, () => true),
    update,
  );
  await checkDocs('README.md', supportTable(PACKAGES), update);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The part of the matrix that the options select. */
function selectPackages() {
  const { strapi, node } = parseArgs({
    options: { strapi: { type: 'string' }, node: { type: 'string' } },
  }).values;
  if (strapi === undefined && node === undefined) return PACKAGES;
  const wanted = node === 'current' ? process.versions.node : node;
  const selected = PACKAGES.map((each) => ({
    ...each,
    strapi: each.strapi.filter((version) => strapi === undefined || version === strapi),
    nodes: wanted === undefined ? each.nodes : [wanted],
  })).filter((each) => each.strapi.length > 0);
  if (selected.length === 0)
    throw new Error(`Strapi ${strapi} is not in tests/versions/matrix.mjs.`);
  return selected;
}

async function cellsToRun(packages) {
  // From here on, TypeScript can be loaded.
  require('tsx/cjs');
  await EDITIONS[5].install();
  const { pack } = require('../package/pack.ts');
  const cells = [];
  for (const each of packages) {
    const packed = await pack(each.folder);
    try {
      const nodes = [];
      for (const node of each.nodes) nodes.push({ node, ...(await installNode(node, each)) });
      for (const strapi of each.strapi) {
        const packages = await installStrapi(strapi, packed.tarball, each);
        cells.push(...nodes.map((node) => ({ strapi, packages, ...node })));
      }
    } finally {
      await packed.remove();
    }
  }
  return cells;
}

function runTests(cells) {
  const outputFile = join(work, 'results.json');
  spawnSync(
    process.execPath,
    [
      join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--testMatch=**/tests/versions/whole-login.ts',
      '--json',
      `--outputFile=${outputFile}`,
    ],
    {
      cwd: root,
      env: { ...process.env, TEST_VERSIONS: JSON.stringify(cells) },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return JSON.parse(readFileSync(outputFile, 'utf8'));
}

/** Whether this pair had tests, and all of them passed. */
function hasPassed({ testResults }, strapi, node) {
  const title = `Strapi ${strapi} on Node ${node}`;
  const tests = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ ancestorTitles }) => ancestorTitles[0] === title);
  return tests.length > 0 && tests.every(({ status }) => status === 'passed');
}
