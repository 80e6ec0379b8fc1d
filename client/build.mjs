/*
 * `node client/build.mjs FOLDER`: compiles the client into FOLDER/esm and FOLDER/cjs, with types: dist/client for the
 * plugin, client/dist for the client's own package.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: node client/build.mjs FOLDER');
const out = resolve(folder);
const project = fileURLToPath(new URL('tsconfig.json', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

const compile = (outDir, ...options) =>
  execFileSync(process.execPath, [tsc, '-p', project, '--outDir', outDir, ...options], {
    stdio: 'inherit',
  });

rmSync(out, { recursive: true, force: true });
compile(join(out, 'esm'));
compile(join(out, 'cjs'), '--module', 'commonjs', '--moduleResolution', 'node10');
writeFileSync(join(out, 'esm', 'package.json'), '{"type":"module","sideEffects":false}');
