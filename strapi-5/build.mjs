/*
 * `node strapi-5/build.mjs [--server]`: compiles the plugin for Strapi 5 into strapi-5/dist, from the same
 * sources as for Strapi 4. Only `elements/strapi` of the admin page differs. `--server`: only the server.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const dist = join(here, 'dist');
const tsc = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc');
const node = (...args) => execFileSync(process.execPath, args, { cwd: here, stdio: 'inherit' });

rmSync(dist, { recursive: true, force: true });
// The package has no source maps.
const maps = String(process.env.npm_lifecycle_event !== 'prepack');
const withMaps = ['--sourceMap', maps, '--inlineSources', maps];
node(tsc, '-p', join(root, 'server'), '--outDir', dist, ...withMaps);

if (!process.argv.includes('--server')) {
  const staged = join(here, '.build');
  rmSync(staged, { recursive: true, force: true });
  cpSync(join(root, 'admin', 'src'), join(staged, 'admin', 'src'), { recursive: true });
  const elements = join(staged, 'admin', 'src', 'elements', 'strapi');
  rmSync(elements, { recursive: true });
  cpSync(join(here, 'elements'), elements, { recursive: true });
  cpSync(
    join(root, 'server', 'admin-contract.d.ts'),
    join(staged, 'server', 'admin-contract.d.ts'),
  );
  node(tsc, '-p', join(here, 'tsconfig.json'));
  node(join(root, 'client', 'build.mjs'), join(dist, 'client'));
}
