/** @needs git */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { repositoryRoot, strapiMajor } from '../support/strapi';
import { findDependencies, measureFolder } from './installed-size';
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

/** The files that the package must contain, and no others. */
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
  // The README links to them.
  /^docs\/[\w-]+\.md$/,
  /^infra\/(cloudformation\.yaml|terraform\/main\.tf)$/,
  /^examples\/[\w-]+\/([\w-]+\/)*[\w-]+\.(mjs|html|tsx?|md)$/,
];

/** Limits of its size. Only raise one for a reason. The docs, the translations and the examples are most of it. */
const LIMITS = {
  packed: 310_000,
  unpacked: 1_100_000,
  dependencies: 6,
  /** Packages that it adds to an app with Strapi, and their bytes. Strapi 5 no longer has Grant and purest. */
  newPackages: strapiMajor === 5 ? 27 : 5,
  newBytes: 2_200_000,
};

test('the package contains exactly what is needed', () => {
  const unexpected = packed.files.filter((file) => !CONTENTS.some((each) => each.test(file)));
  const missing = CONTENTS.filter((each) => !packed.files.some((file) => each.test(file)));
  expect({ unexpected, missing }).toEqual({ unexpected: [], missing: [] });
});

test.each([
  ['server', 'dist/server', /\.d\.ts$/],
  ['admin/src', 'dist/admin', /\.d\.ts$/],
])(
  'it has each source file in %s compiled, and nothing from an earlier build',
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

test('no file refers to a source map', () => {
  const pointing = packed.files.filter((file) => text(file).includes('sourceMappingURL='));
  expect(pointing).toEqual([]);
});

test('links of the README lead to files in the package or to the web', () => {
  const links = [...text('README.md').matchAll(/\]\(([^)#\s]+)/g)].map(([, link = '']) => link);
  const dead = links
    .filter((link) => !/^https?:/.test(link))
    // Images stay in the repository: they are larger than everything else.
    .filter((link) => !link.endsWith('.png'))
    .filter((link) => !packed.files.some((file) => file === link || file.startsWith(`${link}/`)));
  expect(dead).toEqual([]);
});

/** The modules that a compiled file imports, at run time or for its types. */
function findImports(file: string): string[] {
  return ts.preProcessFile(text(file), true, true).importedFiles.map(({ fileName }) => fileName);
}

const toPackageName = (name: string) => name.split('/', name.startsWith('@') ? 2 : 1).join('/');
const isRelative = (name: string) => name.startsWith('.');
const isBuiltin = (name: string) => builtinModules.includes(name.replace(/^node:/, ''));

/** The packages that the files with matching names import. */
function findPackages(files: RegExp): Set<string> {
  const names = packed.files
    .filter((file) => files.test(file))
    .flatMap((file) => findImports(file));
  return new Set(names.filter((name) => !isRelative(name) && !isBuiltin(name)).map(toPackageName));
}

test('what the server imports is a dependency or a peer, and each dependency is imported', () => {
  const asked = findPackages(/^(strapi-server\.js|dist\/(strapi-server|server\/.*)\.js)$/);
  const declared = new Set([
    ...Object.keys(manifest.dependencies),
    ...Object.keys(manifest.peerDependencies),
  ]);
  expect([...asked].filter((name) => !declared.has(name))).toEqual([]);
  expect(Object.keys(manifest.dependencies).filter((name) => !asked.has(name))).toEqual([]);
});

test('what the admin page imports is a peer dependency', () => {
  const asked = [...findPackages(/^(strapi-admin|dist\/admin\/.*)\.js$/)];
  expect(asked.filter((name) => !(name in manifest.peerDependencies))).toEqual([]);
});

test('the client for front-ends imports nothing', () => {
  expect([...findPackages(/^dist\/client\//)]).toEqual([]);
});

/** The declaration files that a declaration file imports, with itself. */
function findDeclarations(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const name of findImports(file).filter(isRelative)) {
    findDeclarations(within(file, `${name.replace(/\.js$/, '')}.d.ts`), seen);
  }
  return seen;
}

test('the exported types lead to existing files, and there are no others', () => {
  const publicTypes = JSON.stringify(manifest.exports).match(/dist\/[^"]+\.d\.ts/g) ?? [];
  const imported = new Set(publicTypes.flatMap((file) => [...findDeclarations(file)]));
  const there = packed.files.filter((file) => file.endsWith('.d.ts'));
  expect(there).toEqual([...imported].sort());
});

test('the exported types need no other package', () => {
  expect([...findPackages(/\.d\.ts$/)]).toEqual([]);
});

async function run(script: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...args], (_error, stdout, stderr) => {
      // Both exit with an error when they find something.
      if (stdout === '') reject(new Error(stderr));
      else resolve(stdout);
    });
  });
}

test('publint has two known findings', async () => {
  const output = await run(path.join(__dirname, 'publint.mjs'), packed.folder);
  // Strapi 4 finds this file by its name, only for its bundlers: they read ES modules whatever
  // package.json says, and would take the default exports of others otherwise if it said "module".
  const text = expect.stringMatching(/strapi-admin\.js .*written in ESM/) as string;
  // With a `type` of "commonjs", webpack, Strapi's default, would not read that file at all.
  expect(JSON.parse(output)).toEqual([
    { code: 'USE_TYPE', text: expect.stringContaining('"type"') as string },
    { code: 'FILE_INVALID_FORMAT', text },
  ]);
});

test('types resolve in every mode (except for the two files that Strapi loads)', async () => {
  const attw = path.join(repositoryRoot, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  const excluded = ['--exclude-entrypoints', 'strapi-server', 'strapi-admin'];
  const output = await run(attw, packed.tarball, '--format', 'json', ...excluded);
  const { analysis } = JSON.parse(output) as {
    analysis: { entrypoints: Record<string, unknown>; problems: unknown[] };
  };
  expect(Object.keys(analysis.entrypoints)).toEqual(['./client', './config', './package.json']);
  expect(analysis.problems).toEqual([]);
}, 60_000);

test('it is small, and adds few packages', () => {
  const strapi = findDependencies(Object.keys(manifest.peerDependencies));
  const added = [...findDependencies(Object.keys(manifest.dependencies))];
  const unknown = added.filter((place) => !strapi.has(place));
  const sizes = {
    packed: packed.packedSize,
    unpacked: packed.unpackedSize,
    dependencies: Object.keys(manifest.dependencies).length,
    newPackages: unknown.length,
    newBytes: unknown.reduce((sum, place) => sum + measureFolder(place), 0),
  };
  const over = Object.entries(LIMITS).filter(
    ([name, limit]) => sizes[name as keyof typeof sizes] > limit,
  );
  expect(over).toEqual([]);
});
