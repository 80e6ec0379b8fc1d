import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

// Vite builds the panel of the other tests. Strapi's default is webpack, which decides by
// the package's `type` how to parse a file, and not by its content.
const ofStrapi = createRequire(require.resolve('@strapi/admin/package.json'));

interface Stats {
  toJson(options: object): { errors: { message: string }[]; modules: { name: string }[] };
}

type Webpack = (config: object, done: (error: Error | null, stats: Stats) => void) => void;

test("Strapi's default bundler can build the admin page, with every language", async () => {
  const webpack = ofStrapi('webpack') as Webpack;
  const output = mkdtempSync(join(tmpdir(), 'cognito-webpack-'));
  const config = {
    mode: 'development',
    devtool: false,
    entry: resolve(__dirname, '..', '..', 'strapi-admin.js'),
    output: { path: output },
    // Packages are left to Strapi.
    externals: [/^[@a-z]/],
    externalsType: 'var',
    module: {
      rules: [
        {
          test: /\.(js|jsx|mjs)$/,
          loader: ofStrapi.resolve('esbuild-loader'),
          options: { loader: 'jsx', jsx: 'automatic' },
        },
        { test: /\.m?js/, resolve: { fullySpecified: false } },
      ],
    },
  };
  const stats = await new Promise<Stats>((done, fail) =>
    webpack(config, (error, result) => (error ? fail(error) : done(result))),
  );
  rmSync(output, { recursive: true });
  const { errors, modules } = stats.toJson({ all: false, errors: true, modules: true });
  expect(errors).toEqual([]);
  const names = modules.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['./dist/admin/translations/ja.json']));
});
