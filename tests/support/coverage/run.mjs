/*
 * `npm run test:coverage [-- Jest's arguments]`: how much of server/ the tests cover. The compiled plugin is
 * instrumented into a copy, which every Strapi under test loads. So do the tests that call the code directly, so that
 * the counts of both can be added up. Fails below the limits.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import coverage from 'istanbul-lib-coverage';
import { createInstrumenter } from 'istanbul-lib-instrument';
import report from 'istanbul-lib-report';
import { createSourceMapStore } from 'istanbul-lib-source-maps';
import reports from 'istanbul-reports';
import { withoutServer } from '../databases/needs-server.mjs';
import { buildPluginIfStale, installIfMissing, root } from '../prepare.mjs';

/** Per cent. */
const LIMITS = { branches: 95 };
/** Suites that do not run the server's code, or only in processes that load the real plugin. */
const WITHOUT_SERVER = ['client', 'demo', 'examples'].map(
  (name) => `--testPathIgnorePatterns=<rootDir>/tests/${name}/`,
);

const out = join(root, 'coverage');
const plugin = join(out, 'plugin');
const counts = join(out, 'counts');
const nothingRun = join(out, 'nothing-run.json');

await installIfMissing();
await buildPluginIfStale();
instrument();
const tests = runTests(process.argv.slice(2));
process.exit((await isBelowLimit()) ? 1 : tests);

/** Creates coverage/plugin: the compiled plugin with each file of server/ instrumented. */
function instrument() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(counts, { recursive: true });
  cpSync(join(root, 'dist'), join(plugin, 'dist'), { recursive: true });
  for (const name of ['package.json', 'strapi-admin.js']) {
    copyFileSync(join(root, name), join(plugin, name));
  }
  const instrumenter = createInstrumenter();
  const zeros = {};
  for (const file of filesIn(join(plugin, 'dist', 'server'), '.js')) {
    const original = join(root, relative(plugin, file));
    const map = JSON.parse(readFileSync(`${original}.map`, 'utf8'));
    // The map's own paths are relative to the original.
    const sources = map.sources.map((source) => join(original, '..', source));
    const code = readFileSync(original, 'utf8');
    writeFileSync(file, instrumenter.instrumentSync(code, file, { ...map, sources }));
    zeros[file] = instrumenter.lastFileCoverage();
  }
  writeFileSync(nothingRun, JSON.stringify(zeros));
  for (const name of ['record.js', 'strapi-server.js']) {
    copyFileSync(new URL(name, import.meta.url), join(plugin, name));
  }
}

function runTests(args) {
  const { jest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const config = {
    ...jest,
    rootDir: root,
    moduleNameMapper: { '^(?:\\.\\./)+server/(.*)$': join(plugin, 'dist', 'server', '$1') },
    setupFilesAfterEnv: [
      ...jest.setupFilesAfterEnv,
      join(root, 'tests', 'support', 'coverage', 'jest-setup.js'),
    ],
    // Instrumented code is slower.
    testTimeout: 2 * jest.testTimeout,
  };
  const script = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const parameters = [script, '--config', JSON.stringify(config), ...args];
  parameters.push(...withoutServer, ...WITHOUT_SERVER);
  const { status } = spawnSync(process.execPath, parameters, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PLUGIN_UNDER_TEST: plugin },
  });
  return status ?? 1;
}

/** Adds up all counts and prints the table. Returns whether a limit is missed. */
async function isBelowLimit() {
  const sum = coverage.createCoverageMap({});
  // Files that nothing has loaded count as not run.
  sum.merge(JSON.parse(readFileSync(nothingRun, 'utf8')));
  for (const file of filesIn(counts, '.json')) sum.merge(JSON.parse(readFileSync(file, 'utf8')));
  const coverageMap = await createSourceMapStore().transformCoverage(sum);
  const context = report.createContext({ dir: join(out, 'report'), coverageMap });
  for (const name of ['text', 'html']) reports.create(name, { maxCols: 120 }).execute(context);
  const summary = coverageMap.getCoverageSummary();
  const short = Object.entries(LIMITS).filter(([what, limit]) => summary[what].pct < limit);
  for (const [what, limit] of short) {
    console.error(`Only ${summary[what].pct} % of ${what} are covered; ${limit} % are required.`);
  }
  return short.length > 0;
}

function filesIn(folder, ending) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path, ending);
    return path.endsWith(ending) ? [path] : [];
  });
}
