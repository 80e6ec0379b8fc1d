import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

const inRoot = (...names) => join(root, ...names);
const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** A command that failed. */
export class StepFailed extends Error {}

/** Installs the packages of package-lock.json if they are missing or from another lock file. */
export async function installIfMissing() {
  await install(root, 'Installing the packages of package-lock.json (a minute or two)');
}

async function install(folder, title) {
  if (isInstalled(folder)) return;
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  await timed(title, () => npm(args, { cwd: folder }));
}

/** What is compiled, for Strapi 4 and for Strapi 5. */
const SOURCES = [
  inRoot('server'),
  inRoot('client'),
  inRoot('admin', 'src'),
  inRoot('admin', 'tsconfig.json'),
  inRoot('strapi-server.ts'),
  inRoot('tsconfig.json'),
  inRoot('package.json'),
];

/** What goes into the admin panel of the demo's app. */
const PANEL_SOURCES = [
  inRoot('admin', 'src'),
  inRoot('strapi-admin.js'),
  inRoot('demo', 'app', 'config'),
  inRoot('demo', 'app', 'src', 'admin'),
  inRoot('demo', 'app', 'package.json'),
  inRoot('demo', 'build-admin.mjs'),
];

const compiledTo = (...folder) =>
  ['server', 'admin', 'client'].map((name) => inRoot(...folder, 'dist', name));
const buildAdminPanel = (...folder) =>
  run(process.execPath, [inRoot('demo', 'build-admin.mjs'), inRoot(...folder)]);

/** The plugin and the demo's app for each major version of Strapi; each step runs only if needed. */
export const EDITIONS = {
  4: {
    install: installIfMissing,
    buildPlugin: () =>
      buildIfStale({
        title: 'Building the plugin into dist/',
        name: 'plugin',
        outputs: compiledTo(),
        sources: SOURCES,
        build: () => npm(['run', '--silent', 'build']),
      }),
    buildAdminPanel: () =>
      buildIfStale({
        title: "Building Strapi's admin panel (half a minute)",
        name: 'admin-panel',
        outputs: [inRoot('demo', 'app', 'build')],
        sources: [...PANEL_SOURCES, inRoot('package-lock.json')],
        build: () => buildAdminPanel('demo', 'app'),
      }),
  },
  5: {
    install: () => install(inRoot('strapi-5'), 'Installing Strapi 5 (two to four minutes)'),
    async buildPlugin() {
      copyDemoApp();
      await buildIfStale({
        title: 'Building the plugin for Strapi 5 into strapi-5/dist/',
        name: 'strapi-5',
        outputs: compiledTo('strapi-5'),
        sources: [
          ...SOURCES,
          ...['build.mjs', 'elements', 'package.json', 'tsconfig.json'].map((name) =>
            inRoot('strapi-5', name),
          ),
        ],
        build: () => run(process.execPath, [inRoot('strapi-5', 'build.mjs')]),
      });
    },
    buildAdminPanel: () =>
      buildIfStale({
        title: "Building Strapi 5's admin panel (a minute)",
        name: 'strapi-5-admin-panel',
        outputs: [inRoot('strapi-5', 'demo', 'app', 'build')],
        sources: [
          ...PANEL_SOURCES,
          inRoot('strapi-5', 'elements'),
          inRoot('strapi-5', 'package-lock.json'),
        ],
        build: () => buildAdminPanel('strapi-5', 'demo', 'app'),
      }),
  },
};

/** Compiles the plugin into dist/ if that is missing or older than a source. */
export const buildPluginIfStale = EDITIONS[4].buildPlugin;

/** Copies the demo's app for Strapi 5, because packages are resolved in the folders above it. */
function copyDemoApp() {
  const app = inRoot('strapi-5', 'demo', 'app');
  for (const name of ['config', 'database', 'public', 'src', 'favicon.png']) {
    cpSync(inRoot('demo', 'app', name), join(app, name), { recursive: true });
  }
  const { devDependencies } = readJson(inRoot('strapi-5', 'package.json'));
  const manifest = readJson(inRoot('demo', 'app', 'package.json'));
  const names = Object.keys(manifest.dependencies);
  manifest.dependencies = Object.fromEntries(names.map((name) => [name, devDependencies[name]]));
  writeFileSync(join(app, 'package.json'), JSON.stringify(manifest, null, 2));
}

/**
 * Runs `build` unless all `outputs` are newer than all `sources` (files or folders) and come from a complete build.
 */
export async function buildIfStale({ title, name, outputs, sources, build }) {
  const unfinished = inRoot('.cache', `unfinished-${name}-build`);
  const fresh = Math.min(...outputs.map(newestIn)) > Math.max(...sources.map(newestIn));
  if (fresh && !existsSync(unfinished)) return;

  mkdirSync(inRoot('.cache'), { recursive: true });
  writeFileSync(unfinished, '');
  await timed(title, build);
  rmSync(unfinished);
}

/**
 * Runs a command and waits for its end. Its output goes to stderr, because stdout is for the caller's results.
 */
export async function run(command, args, options = {}) {
  const { code, signal } = await new Promise((resolve, reject) => {
    spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
      .on('error', reject)
      .on('exit', (code, signal) => resolve({ code, signal }));
  });
  if (code === 0) return;
  const shown = [command, ...args].map((part) => relativeIfInRoot(part)).join(' ');
  throw new StepFailed(`\`${shown}\` ended with ${signal ?? `exit code ${code}`}`);
}

function isInstalled(folder) {
  const lock = join(folder, 'package-lock.json');
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  // A checkout may touch the lock file without changing it, and installing again takes a minute.
  return (
    changedAt(installed) >= changedAt(lock) || hasAllPackages(readJson(installed), readJson(lock))
  );
}

function hasAllPackages(installed, lock) {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed.packages[path];
    return found ? found.version === wanted.version : wanted.optional || wanted.devOptional;
  });
}

function newestIn(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  const within = readdirSync(path).map((name) => newestIn(join(path, name)));
  // A folder's own time changes when a file is removed.
  return Math.max(stat.mtimeMs, ...within);
}

/** Prints what is being done, the time so far every ten seconds, and the total time at the end. */
async function timed(title, step) {
  console.error(`${title} …`);
  const start = performance.now();
  const seconds = (digits) => ((performance.now() - start) / 1000).toFixed(digits);
  const ticker = setInterval(() => console.error(`  ${seconds(0)} s so far`), 10_000);
  try {
    await step();
  } finally {
    clearInterval(ticker);
  }
  console.error(`  done in ${seconds(1)} s`);
}

function npm(args, options = {}) {
  // npm says where its own script is; `npm` itself is a shell script on Windows.
  const script = process.env.npm_execpath;
  if (script) return run(process.execPath, [script, ...args], options);
  return run('npm', args, { shell: process.platform === 'win32', ...options });
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function relativeIfInRoot(part) {
  if (part === process.execPath) return 'node';
  return part.startsWith(root) ? relative(root, part) : part;
}
