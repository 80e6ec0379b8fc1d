import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDatabase } from './database';
import { packageRoot } from './major';
import type { ConfigName, ConfigValue, DatabaseConnection, StrapiOptions } from './options';

/** A Strapi application on disk. */
export interface AppFolder {
  dir: string;
  /** The connection in its `config/database.js`, unless an option replaces that file. */
  database: DatabaseConnection;
  /** Writes its files again from other options. */
  write(options: StrapiOptions): Promise<void>;
  /** Also removes the database, where it was created for this app. */
  remove(): Promise<void>;
}

const defaultMiddlewares = [
  'strapi::logger',
  'strapi::errors',
  'strapi::security',
  'strapi::cors',
  'strapi::poweredBy',
  'strapi::query',
  'strapi::body',
  'strapi::session',
  'strapi::favicon',
  'strapi::public',
];

/** The expression for a value; a string already is one. */
function expression(value: ConfigValue): string {
  return typeof value === 'string' ? `(${value})` : JSON.stringify(value);
}

/** `Object.assign` of the defaults' source and the test's value. */
function overlay(defaults: string, override: ConfigValue | undefined): string {
  return override === undefined ? defaults : `Object.assign(${defaults}, ${expression(override)})`;
}

function pluginsSource(options: StrapiOptions): string {
  const usersPermissions = `{ jwtSecret: 'jwt-secret-of-the-test', ratelimit: { enabled: false } }`;
  const entries = [
    `'users-permissions': { config: ${overlay(usersPermissions, options.usersPermissions)} }`,
  ];
  if (options.plugin !== false) {
    const built = process.env.PLUGIN_UNDER_TEST ?? packageRoot;
    const resolve = typeof options.plugin === 'string' ? options.plugin : built;
    entries.push(
      `cognito: { enabled: true, resolve: ${JSON.stringify(resolve)}, config: ${expression(options.cognito ?? {})} }`,
    );
  }
  return `{ ${entries.join(',\n')} }`;
}

/** The source of one configuration file: the default, merged with the test's value or replaced by it. */
function configSource(defaults: string, override: ConfigValue | undefined): string {
  if (typeof override === 'string') {
    return override;
  }
  const value = Array.isArray(override) ? JSON.stringify(override) : overlay(defaults, override);
  return `'use strict';\nmodule.exports = ${value};\n`;
}

/** An SQLite database that does not wait for the disk: it survives a crash of its processes, but no power cut. */
function databaseSource(connection: DatabaseConnection): string {
  const json = JSON.stringify(connection);
  if (connection.client !== 'sqlite') return `{ connection: ${json} }`;
  const afterCreate = `(sqlite, done) => { sqlite.pragma('synchronous = off'); sqlite.pragma('journal_mode = truncate'); done(null, sqlite); }`;
  return `{ connection: { ...${json}, pool: { afterCreate: ${afterCreate} } } }`;
}

function defaultConfigs(
  options: StrapiOptions,
  database: DatabaseConnection,
): Record<ConfigName, string> {
  return {
    server: `{ host: process.env.HOST, port: Number(process.env.PORT), url: process.env.PUBLIC_URL, app: { keys: ['app-key-of-the-test-1', 'app-key-of-the-test-2'] } }`,
    admin: `{ auth: { secret: 'admin-secret-of-the-test' }, apiToken: { salt: 'api-token-salt-of-the-test' }, transfer: { token: { salt: 'transfer-token-salt-of-the-test' } }, serveAdminPanel: false, autoOpen: false }`,
    api: `{ rest: { defaultLimit: 25, maxLimit: 100, withCount: true } }`,
    features: `{}`,
    database: databaseSource(database),
    middlewares: JSON.stringify(defaultMiddlewares),
    plugins: pluginsSource(options),
  };
}

function appFiles(options: StrapiOptions, database: DatabaseConnection): Record<string, string> {
  const files: Record<string, string> = {
    'package.json': JSON.stringify({
      name: 'strapi-under-test',
      version: '0.0.0',
      private: true,
      strapi: { uuid: false },
      dependencies: { '@strapi/strapi': '*', '@strapi/plugin-users-permissions': '*' },
    }),
    'src/index.js': `'use strict';\nmodule.exports = { register() {}, bootstrap() {} };\n`,
    'src/api/.gitkeep': '',
    'public/uploads/.gitkeep': '',
  };
  for (const [name, defaults] of Object.entries(defaultConfigs(options, database))) {
    files[`config/${name}.js`] = configSource(defaults, options.config?.[name as ConfigName]);
  }
  return { ...files, ...options.files };
}

async function writeFiles(dir: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(dir, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/**
 * Writes a Strapi application into a new folder of the system's temporary directory.
 * @throws what the file system throws.
 */
export async function createAppFolder(options: StrapiOptions): Promise<AppFolder> {
  // The real path, because with a symbolic link in it (macOS) Node would load modules twice.
  const dir = await realpath(await mkdtemp(path.join(tmpdir(), 'strapi-under-test-')));
  const { connection: database, drop } = options.database
    ? { connection: options.database, drop: () => Promise.resolve() }
    : await createDatabase(dir, options.sqliteAddon);
  const write = (override: StrapiOptions) => writeFiles(dir, appFiles(override, database));
  await write(options);
  const packages = options.packages ?? path.join(packageRoot, 'node_modules');
  await symlink(packages, path.join(dir, 'node_modules'), 'dir');
  const remove = async () => {
    await rm(dir, { recursive: true, force: true });
    await drop();
  };
  return { dir, database, write, remove };
}
