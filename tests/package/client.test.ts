/** @needs git */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stopAtEnd } from '../support/stop-at-end';
import { repositoryRoot } from '../support/strapi';
import { pack, type Packed } from './pack';

const execute = promisify(execFile);

interface Manifest {
  name: string;
  version: string;
  license: string;
  dependencies?: object;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

const readManifest = (folder: string) =>
  JSON.parse(readFileSync(path.join(repositoryRoot, folder, 'package.json'), 'utf8')) as Manifest;

const plugin = readManifest('.');
const client = readManifest('client');

/** The client's package, and a folder in which it was installed. */
let packed: Packed;
let app: string;

beforeAll(async () => {
  packed = await pack('client');
  app = mkdtempSync(path.join(tmpdir(), 'front-end-'));
  stopAtEnd(() => rmSync(app, { recursive: true, force: true }));
  writeFileSync(path.join(app, 'package.json'), '{ "name": "front-end", "private": true }');
  const install = ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error'];
  // With an empty cache, what is not in the tarball cannot come from anywhere.
  await execute('npm', [...install, `--cache=${path.join(app, '.npm')}`, packed.tarball], {
    cwd: app,
  });
}, 60_000);

/** The output of a program of the app, as JSON. */
async function run(name: string, source: string): Promise<unknown> {
  writeFileSync(path.join(app, name), source);
  const { stdout } = await execute(process.execPath, [name], { cwd: app });
  return JSON.parse(stdout) as unknown;
}

const SHOWN = `JSON.stringify([
  client.loginUrl('/api'), client.logoutUrl('/api'), new client.LoginError('user_blocked').message,
])`;
const EXPECTED = [
  '/api/connect/cognito',
  '/api/auth/cognito/logout',
  'Your account has been blocked.',
];

test('it only contains the client for both module systems, with types', () => {
  expect(packed.files).toEqual([
    'LICENSE',
    'README.md',
    'dist/cjs/index.d.ts',
    'dist/cjs/index.js',
    'dist/esm/index.d.ts',
    'dist/esm/index.js',
    'dist/esm/package.json',
    'package.json',
  ]);
  expect(packed.unpackedSize).toBeLessThan(60_000);
});

test('it has no dependencies, and installs none', () => {
  expect([client.dependencies, client.peerDependencies]).toEqual([undefined, undefined]);
  const installed = readdirSync(path.join(app, 'node_modules'));
  expect(installed.filter((name) => !name.startsWith('.'))).toEqual([client.name]);
});

test('an ES module imports it', async () => {
  const source = `import * as client from '${client.name}';\nconsole.log(${SHOWN});`;
  expect(await run('page.mjs', source)).toEqual(EXPECTED);
});

test('a CommonJS module requires it', async () => {
  const source = `const client = require('${client.name}');\nconsole.log(${SHOWN});`;
  expect(await run('page.cjs', source)).toEqual(EXPECTED);
});

test('it is the same as ./client of the plugin', async () => {
  const names = `import * as client from '${client.name}';\nconsole.log(JSON.stringify(Object.keys(client)));`;
  const own = jest.requireActual<object>('../../client');
  expect(await run('names.mjs', names)).toEqual(Object.keys(own).sort());
});

test('it has the version and the license of the plugin', () => {
  expect(client.version).toBe(plugin.version);
  expect(client.license).toBe(plugin.license);
  const license = (folder: string) => readFileSync(path.join(folder, 'LICENSE'), 'utf8');
  expect(license(packed.folder)).toBe(license(repositoryRoot));
});

test('every peer of the plugin is optional: a front-end that installs it for the client gets no Strapi', () => {
  const peers = Object.keys(plugin.peerDependencies ?? {});
  const optional = Object.entries(plugin.peerDependenciesMeta ?? {}).filter(
    ([, meta]) => meta.optional,
  );
  expect(optional.map(([name]) => name)).toEqual(peers);
});

test('publint finds nothing', async () => {
  const publint = path.join(__dirname, 'publint.mjs');
  const { stdout } = await execute(process.execPath, [publint, packed.folder]);
  expect(JSON.parse(stdout)).toEqual([]);
});

test('types resolve in every mode', async () => {
  const attw = path.join(repositoryRoot, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const { stdout } = await execute(process.execPath, [attw, packed.tarball, '--format', 'json']);
  const { analysis } = JSON.parse(stdout) as {
    analysis: { entrypoints: Record<string, unknown>; problems: unknown[] };
  };
  expect(Object.keys(analysis.entrypoints)).toEqual(['.', './package.json']);
  expect(analysis.problems).toEqual([]);
}, 60_000);
