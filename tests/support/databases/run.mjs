/*
 * `npm run test:databases [-- --only=sqlite|postgres|mysql] [Jest's arguments]`: the suites of accounts, of the admin
 * API and of a site's hooks, once on each database, with temporary servers.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import ClosingLine from '../closing-line.js';
import { buildPluginIfStale, EDITIONS, installIfMissing, root } from '../prepare.mjs';
import { keep, stop } from './keep.mjs';
import { needsServer } from './needs-server.mjs';
import { missingCommands, PACKAGES, servers } from './servers.mjs';

/** Folders, and those files of tests/sites for which the database matters. */
const SUITES = [
  ...['tests/accounts/', 'tests/admin-api/', 'tests/databases/'],
  ...[
    'hook',
    'concurrent-hooks',
    'two-instances',
    'email-case',
    'working-jwt',
    'same-user',
    'sync',
  ].map((name) => `tests/sites/${name}`),
];
/** With STRAPI=5: a database of Strapi 4 that Strapi 5 opens, and two instances on one database. */
const ON_STRAPI_5 = [
  'tests/strapi-5/move.ts',
  'tests/databases/two-instances.test.ts',
  'tests/sites/two-instances.test.ts',
];
const titles = {
  sqlite: 'SQLite',
  ...Object.fromEntries(Object.entries(servers).map(([name, { title }]) => [name, title])),
};
const jestScript = join(root, 'node_modules', 'jest', 'bin', 'jest.js');

/** What is running, and has to end with this process. */
const running = { jest: undefined, keeper: undefined };
let interrupted;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted ??= signal;
    // The server is stopped after its clients.
    if (running.jest) running.jest.kill('SIGTERM');
    else void stop(running.keeper);
  });
}

// Jest's results and the apps' folders, so that nothing is left after Ctrl-C.
const results = mkdtempSync(join(tmpdir(), 'test-databases-'));
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await stop(running.keeper);
  rmSync(results, { recursive: true, force: true, maxRetries: 10 });
  if (interrupted) process.exitCode = 128 + constants.signals[interrupted];
}

async function main() {
  const { names, jestArgs } = readArguments(process.argv.slice(2));
  await installIfMissing();
  await buildPluginIfStale();
  const isStrapi5 = process.env.STRAPI === '5';
  if (isStrapi5) {
    await EDITIONS[5].install();
    await EDITIONS[5].buildPlugin();
  }
  checkInstalled(names);

  const suites = isStrapi5 ? ON_STRAPI_5 : bootingSuites();
  const outcomes = [];
  for (const name of names) {
    const outcome = await runOn(name, suites, jestArgs);
    if (interrupted) return 1;
    outcomes.push({ name, ...outcome });
  }
  console.log('');
  for (const { name, ...counts } of outcomes) {
    console.log(`${titles[name].padEnd(10)}  ${ClosingLine.formatCounts(counts)}`);
  }
  const all = (count) => outcomes.reduce((sum, outcome) => sum + outcome[count], 0);
  const total = { passed: all('passed'), failed: all('failed'), skipped: all('skipped') };
  console.log(`\n${ClosingLine.formatCounts(total)}`);
  return total.failed === 0 ? 0 : 1;
}

function readArguments(args) {
  const isOnly = (argument) => argument.startsWith('--only=');
  const only = args.filter(isOnly).map((argument) => argument.slice('--only='.length));
  const unknown = only.find((name) => !(name in titles));
  if (unknown !== undefined) {
    throw new Error(`--only=${unknown}: it is one of ${Object.keys(titles).join(', ')}`);
  }
  const names = Object.keys(titles).filter((name) => only.length === 0 || only.includes(name));
  return { names, jestArgs: args.filter((argument) => !isOnly(argument)) };
}

function checkInstalled(names) {
  const unavailable = names.filter((name) => name in servers && missingCommands(name).length > 0);
  if (unavailable.length === 0) return;
  const lines = unavailable.map(
    (name) => `${titles[name]} is not installed: no ${missingCommands(name).join(', no ')}.`,
  );
  throw new Error([...lines, `On Debian and Ubuntu: apt-get install ${PACKAGES}`].join('\n'));
}

/** The suites that boot a Strapi: the others use no database. */
function bootingSuites() {
  const harness = join(root, 'tests', 'support', 'strapi', 'index.ts');
  const args = [jestScript, '--listTests', '--json', '--findRelatedTests', harness];
  const listed = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const paths = JSON.parse(listed).map((path) => relative(root, path).replaceAll('\\', '/'));
  return paths.filter((path) => SUITES.some((folder) => path.startsWith(folder)));
}

async function runOn(name, suites, jestArgs) {
  console.log(`\n== ${titles[name]}`);
  if (!(name in servers)) {
    return runJest(
      name,
      suites.filter((path) => !needsServer(path)),
      jestArgs,
      {},
    );
  }
  const keeper = keep(name);
  running.keeper = keeper;
  try {
    const env = { TEST_DATABASE: name, TEST_DATABASE_URL: await keeper.url };
    return await runJest(name, suites, jestArgs, env);
  } finally {
    await stop(keeper);
  }
}

async function runJest(name, suites, jestArgs, env) {
  const file = join(results, `${name}.json`);
  // Options that take lists come last; otherwise they would consume what follows.
  const args = [
    ...[jestScript, ...jestArgs, '--passWithNoTests', '--json', `--outputFile=${file}`],
    ...['--reporters=default', ...suites.map((path) => `--testMatch=**/${path}`)],
  ];
  const jest = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, TMPDIR: results, TEST_DATABASE: '', TEST_DATABASE_URL: '', ...env },
  });
  running.jest = jest;
  await new Promise((resolve, reject) => jest.on('error', reject).on('exit', resolve));
  running.jest = undefined;
  try {
    return ClosingLine.getCounts(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // It ended before it had results.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
