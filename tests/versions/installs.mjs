import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../support/prepare.mjs';

// Kept in .cache/versions, so that only the first run takes long. Only our tarball is installed again
// each time.
const cache = join(root, '.cache', 'versions');
const readManifest = (folder) =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
const findSqliteVersion = (folder) =>
  readManifest(join(folder, 'node_modules', 'better-sqlite3')).version;

/** The options of npm for each install. */
const QUIET_OPTIONS = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];

/**
 * Installs packages into a folder, as `npm install` in an app does.
 * @returns its node_modules.
 */
async function install(name, packages, { args = [], env = {} } = {}) {
  const folder = join(cache, name);
  const done = join(folder, 'installed.json');
  const wanted = JSON.stringify(packages);
  if (!existsSync(done) || readFileSync(done, 'utf8') !== wanted) {
    console.error(`Installing ${name} …`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...packages }));
    await npm(folder, ['install', ...QUIET_OPTIONS, ...args], env);
    writeFileSync(done, wanted);
  }
  return join(folder, 'node_modules');
}

/**
 * An app's packages with one version of Strapi, and the plugin from its tarball.
 * @returns their node_modules.
 */
export async function installStrapi(version, tarball, { folder, router, styledComponents }) {
  const packages = {
    dependencies: {
      '@strapi/strapi': version,
      '@strapi/plugin-users-permissions': version,
      'better-sqlite3': findSqliteVersion(folder),
      react: '^18.0.0',
      'react-dom': '^18.0.0',
      'react-router-dom': router,
      'styled-components': styledComponents,
    },
    // The binaries of its older releases are not in the registry.
    overrides: readManifest(folder).overrides && { sharp: readManifest(folder).overrides.sharp },
  };
  // Nothing is compiled here: the addon depends on the Node version.
  const args = ['--ignore-scripts'];
  const modules = await install(`strapi-${version}`, packages, { args });
  await npm(join(modules, '..'), ['install', '--no-save', ...QUIET_OPTIONS, ...args, tarball]);
  return modules;
}

/**
 * One version of Node, and better-sqlite3 compiled for it: the installed ones, or from the registry.
 * @returns the paths of its executable and of the compiled addon.
 */
export async function installNode(version, { folder }) {
  const addonIn = (modules) =>
    join(modules, 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node');
  if (version === process.versions.node) {
    return { executable: process.execPath, addon: addonIn(join(root, folder, 'node_modules')) };
  }
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const modules = await install(`node-${version}`, { dependencies: { [name]: version } });
  const home = join(modules, name);
  const executable = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  const found = execFileSync(executable, ['--version'], { encoding: 'utf8' }).trim();
  if (found !== `v${version}`) throw new Error(`${executable} is ${found}, not v${version}`);

  const sqlite = findSqliteVersion(folder);
  const addons = await install(
    `better-sqlite3-${sqlite}-${version}`,
    { dependencies: { 'better-sqlite3': sqlite } },
    { env: { npm_config_nodedir: home, npm_config_build_from_source: 'true' } },
  );
  const addon = addonIn(addons);
  execFileSync(executable, ['-e', `require(${JSON.stringify(addon)})`]);
  return { executable, addon };
}

function npm(cwd, args, env = {}) {
  return run('npm', args, {
    cwd,
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
}
