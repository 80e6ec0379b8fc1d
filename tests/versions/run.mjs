/*
 * `npm run test:versions`: the plugin from its tarball, in apps with several versions of Strapi, on
 * several versions of Node; then the table in docs/versions.md must say what came out. UPDATE_DOCS=1
 * writes it. Installs are kept in .cache/versions.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EDITIONS, installIfMissing, root } from '../support/prepare.mjs';
import { installNode, installStrapi } from './installs.mjs';
import { PACKAGES } from './matrix.mjs';
import { keepInDocs, tableOf } from './table.mjs';

const require = createRequire(import.meta.url);
const work = mkdtempSync(join(tmpdir(), 'test-versions-'));
try {
  await installIfMissing();
  const results = runTests(await cellsToRun());
  const cells = PACKAGES.flatMap(({ strapi: versions, nodes }) =>
    versions.flatMap((strapi) =>
      nodes.map((node) => ({ strapi, node, works: worked(results, strapi, node) })),
    ),
  );
  const table = tableOf(cells);
  console.log(`\n${table}\n`);
  if (!results.success || !cells.every(({ works }) => works)) {
    throw new Error('Something fails; docs/versions.md stays as it is.');
  }
  await keepInDocs(table, process.env.UPDATE_DOCS === '1');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function cellsToRun() {
  // From here on, TypeScript can be loaded.
  require('tsx/cjs');
  await EDITIONS[5].install();
  const { pack } = require('../package/pack.ts');
  const cells = [];
  for (const each of PACKAGES) {
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

/** Whether there were tests of this pair, and all of them passed. */
function worked({ testResults }, strapi, node) {
  const title = `Strapi ${strapi} on Node ${node}`;
  const tests = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ ancestorTitles }) => ancestorTitles[0] === title);
  return tests.length > 0 && tests.every(({ status }) => status === 'passed');
}
