/** @needs git */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { repositoryRoot, strapiMajor } from '../support/strapi';
import { closureOf, sizeOf } from './installed-size';
import { pack, type Packed } from './pack';

interface Manifest {
  exports: Record<string, unknown>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
}

let packed: Packed;
let manifest: Manifest;

beforeAll(async () => {
  packed = await pack();
  manifest = JSON.parse(text('package.json')) as Manifest;
}, 180_000);

const text = (file: string) => readFileSync(path.join(packed.folder, file), 'utf8');
const within = (file: string, to: string) => path.posix.join(path.posix.dirname(file), to);

/** All that may be in the package, and must be. */
const CONTENTS = [
  /^package\.json$/,
  /^README\.md$/,
  /^(CHANGELOG|CONTRIBUTING|SECURITY)\.md$/,
  /^LICENSE$/,
  /^strapi-server\.js$/,
  /^strapi-admin\.js$/,
  /^dist\/strapi-server\.js$/,
  /^dist\/server\/[\w/-]+\.js$/,
  /^dist\/server\/settings\/config\.d\.ts$/,
  /^dist\/server\/protocol\/claims\.d\.ts$/,
  /^dist\/admin\/[\w/-]+\.js$/,
  /^dist\/admin\/translations\/[\w-]+\.json$/,
  /^dist\/client\/(esm|cjs)\/index\.js$/,
  /^dist\/client\/(esm|cjs)\/index\.d\.ts$/,
  /^dist\/client\/esm\/package\.json$/,
  // The README leads to them.
  /^docs\/[\w-]+\.md$/,
  /^infra\/(cloudformation\.yaml|terraform\/main\.tf)$/,
  /^examples\/[\w-]+\/([\w-]+\/)*[\w-]+\.(mjs|html|tsx?|md)$/,
];

/** What it may cost. Raise a limit only knowing what for. The docs, the languages of the admin page and the examples are most of it. */
const LIMITS = {
  packed: 310_000,
  unpacked: 1_080_000,
  dependencies: 6,
  /** Packages that an app with Strapi does not have yet, and their bytes. Strapi 5 no longer has Grant and purest. */
  newPackages: strapiMajor === 5 ? 27 : 5,
  newBytes: 2_200_000,
};

test('the package holds what is needed, and nothing else', () => {
  const unexpected = packed.files.filter((file) => !CONTENTS.some((each) => each.test(file)));
  const missing = CONTENTS.filter((each) => !packed.files.some((file) => each.test(file)));
  expect({ unexpected, missing }).toEqual({ unexpected: [], missing: [] });
});

test.each([
  ['server', 'dist/server', /\.d\.ts$/],
  ['admin/src', 'dist/admin', /\.d\.ts$/],
])(
  'each source file in %s is there compiled, and nothing of an earlier build',
  (from, to, none) => {
    const folders = strapiMajor === 5 ? [from, 'strapi-5/elements'] : [from];
    const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...folders], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    });
    const compiled = sources
      .split('\n')
      .filter((name) => /\.tsx?$/.test(name) && !none.test(name))
      .filter((name) => existsSync(path.join(repositoryRoot, name)))
      // The package for Strapi 5 has its own files in this folder.
      .filter((name) => strapiMajor === 4 || !name.startsWith('admin/src/elements/strapi/'))
      .map((name) => name.replace('strapi-5/elements', 'admin/src/elements/strapi'))
      .filter((name) => name.startsWith(from))
      .map((name) => name.replace(from, to).replace(/\.tsx?$/, '.js'));
    const inPackage = packed.files.filter(
      (file) => file.startsWith(`${to}/`) && file.endsWith('.js'),
    );
    expect(inPackage.sort()).toEqual(compiled.sort());
  },
);

test('no file points to a source map', () => {
  const pointing = packed.files.filter((file) => text(file).includes('sourceMappingURL='));
  expect(pointing).toEqual([]);
});

test('links of the README lead to something that is in the package, or on the web', () => {
  const links = [...text('README.md').matchAll(/\]\(([^)#\s]+)/g)].map(([, link = '']) => link);
  const dead = links
    .filter((link) => !/^https?:/.test(link))
    // Pictures stay in the repository: they weigh more than all the rest.
    .filter((link) => !link.endsWith('.png'))
    .filter((link) => !packed.files.some((file) => file === link || file.startsWith(`${link}/`)));
  expect(dead).toEqual([]);
});

/** Names of the modules that a compiled file asks for, at run time or for its types. */
function importsOf(file: string): string[] {
  return ts.preProcessFile(text(file), true, true).importedFiles.map(({ fileName }) => fileName);
}

const packageOf = (name: string) => name.split('/', name.startsWith('@') ? 2 : 1).join('/');
const isRelative = (name: string) => name.startsWith('.');
const isBuiltin = (name: string) => builtinModules.includes(name.replace(/^node:/, ''));

/** Packages that the files whose names fit ask for. */
function packagesOf(files: RegExp): Set<string> {
  const names = packed.files.filter((file) => files.test(file)).flatMap((file) => importsOf(file));
  return new Set(names.filter((name) => !isRelative(name) && !isBuiltin(name)).map(packageOf));
}

test('what the server asks for is a dependency or a peer, and each dependency is asked for', () => {
  const asked = packagesOf(/^(strapi-server\.js|dist\/(strapi-server|server\/.*)\.js)$/);
  const declared = new Set([
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.peerDependencies),
  ]);
  expect([...asked].filter((name) => !declared.has(name))).toEqual([]);
  expect(Object.keys(manifest.dependencies).filter((name) => !asked.has(name))).toEqual([]);
});

test("what the admin page asks for is the app's own copy: a peer", () => {
  const asked = [...packagesOf(/^(strapi-admin|dist\/admin\/.*)\.js$/)];
  expect(asked.filter((name) => !(name in manifest.peerDependencies))).toEqual([]);
});

test('the client for front-ends asks for nothing', () => {
  expect([...packagesOf(/^dist\/client\//)]).toEqual([]);
});

/** Declaration files that a declaration file leads to, itself included. */
function declarationsFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const name of importsOf(file).filter(isRelative)) {
    declarationsFrom(within(file, `${name.replace(/\.js$/, '')}.d.ts`), seen);
  }
  return seen;
}

test('the types that are promised lead to files that are there, and no others are', () => {
  const promised = JSON.stringify(manifest.exports).match(/dist\/[^"]+\.d\.ts/g) ?? [];
  const needed = new Set(promised.flatMap((file) => [...declarationsFrom(file)]));
  const there = packed.files.filter((file) => file.endsWith('.d.ts'));
  expect(there).toEqual([...needed].sort());
});

test('the types that are promised need no other package', () => {
  expect([...packagesOf(/\.d\.ts$/)]).toEqual([]);
});

async function run(script: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...args], (_error, stdout, stderr) => {
      // Both end with a failure where there is something to say.
      if (stdout === '') reject(new Error(stderr));
      else resolve(stdout);
    });
  });
}

test('publint has two things to say, and we know why', async () => {
  const said = await run(path.join(__dirname, 'publint.mjs'), packed.folder);
  // Strapi 4 takes this file by its name, for its bundlers alone: they read ES modules whatever
  // package.json says, and would take the default exports of others otherwise if it said "module".
  const text = expect.stringMatching(/strapi-admin\.js .*written in ESM/) as string;
  // With a `type` of "commonjs", webpack, Strapi's default, would not read that file at all.
  expect(JSON.parse(said)).toEqual([
    { code: 'USE_TYPE', text: expect.stringContaining('"type"') as string },
    { code: 'FILE_INVALID_FORMAT', text },
  ]);
});

test("types are right for every way of resolving them (Strapi's own two files apart)", async () => {
  const attw = path.join(repositoryRoot, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const excluded = ['--exclude-entrypoints', 'strapi-server', 'strapi-admin'];
  const said = await run(attw, packed.tarball, '--format', 'json', ...excluded);
  const { analysis } = JSON.parse(said) as {
    analysis: { entrypoints: Record<string, unknown>; problems: unknown[] };
  };
  expect(Object.keys(analysis.entrypoints)).toEqual(['./client', './config', './package.json']);
  expect(analysis.problems).toEqual([]);
}, 60_000);

test('it is small, and brings little along', () => {
  const strapi = closureOf(Object.keys(manifest.peerDependencies));
  const brought = [...closureOf(Object.keys(manifest.dependencies))];
  const unknown = brought.filter((place) => !strapi.has(place));
  const sizes = {
    packed: packed.packedSize,
    unpacked: packed.unpackedSize,
    dependencies: Object.keys(manifest.dependencies).length,
    newPackages: unknown.length,
    newBytes: unknown.reduce((sum, place) => sum + sizeOf(place), 0),
  };
  const over = Object.entries(LIMITS).filter(
    ([name, limit]) => sizes[name as keyof typeof sizes] > limit,
  );
  expect(over).toEqual([]);
});
