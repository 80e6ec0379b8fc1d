/*
 * Before `npm pack` and `npm publish`: builds the plugin for Strapi 5, and copies the files here that both packages
 * share. `--clean`: removes the copies.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const documents = files.filter((name) => /^(docs|examples|infra|[A-Z]+\.md)/.test(name));
const shared = ['README.md', 'LICENSE', ...documents.map((name) => name.split('/')[0])];

for (const name of shared) rmSync(join(here, name), { recursive: true, force: true });
if (!process.argv.includes('--clean')) {
  execFileSync(process.execPath, [join(here, 'build.mjs')], { stdio: 'inherit' });
  for (const name of shared) cpSync(join(root, name), join(here, name), { recursive: true });
}
