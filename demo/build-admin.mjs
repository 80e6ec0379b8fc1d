/* `node demo/build-admin.mjs FOLDER`: builds the admin panel of the demo's app in this folder. */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const cwd = resolve(process.argv[2]);
process.chdir(cwd);
Object.assign(process.env, {
  NODE_ENV: 'production',
  STRAPI_TELEMETRY_DISABLED: 'true',
  STRAPI_DISABLE_UPDATE_NOTIFICATION: 'true',
});

// `strapi build` looks for a tsconfig.json in all folders above the app, finds the repository's
// and treats the app as TypeScript. Its build function has an option against that.
const require = createRequire(join(cwd, 'package.json'));
const strapi = require.resolve('@strapi/strapi/package.json');
// On Strapi 5 the function is not exported.
const { build } = require(strapi).version.startsWith('4.')
  ? require('@strapi/admin/cli')
  : require(join(strapi, '..', 'dist', 'src', 'node', 'build.js'));

const quietSpinner = {
  start: () => quietSpinner,
  succeed: () => quietSpinner,
  fail: () => quietSpinner,
};

await build({
  cwd,
  tsconfig: undefined,
  ignorePrompts: true,
  // Strapi's other bundler, webpack, fails on newer releases of a package that it depends on.
  bundler: 'vite',
  minify: true,
  sourcemap: false,
  stats: false,
  logger: {
    debug: () => {},
    info: () => {},
    log: () => {},
    success: () => {},
    warn: console.warn,
    error: console.error,
    spinner: () => quietSpinner,
  },
});

// The entry file that Strapi wrote for its bundler.
rmSync('.strapi', { recursive: true, force: true });
