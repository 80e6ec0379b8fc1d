/** Settings of one database as `config/database.js` knows them under `connection`. */
export interface DatabaseConnection {
  /** MySQL and MariaDB are `mysql2`: with `mysql`, Strapi 4 wants the package of that name. */
  client: 'sqlite' | 'postgres' | 'mysql2';
  connection: Record<string, unknown>;
  useNullAsDefault?: boolean;
  pool?: Record<string, unknown>;
}

/** A name of a file in `config/`, without its ending. */
export type ConfigName =
  'admin' | 'api' | 'database' | 'features' | 'middlewares' | 'plugins' | 'server';

/**
 * A value of a configuration: JSON, or the source of a JavaScript expression where JSON is not enough (functions,
 * `process.env`). `'({ validate() {} })'` and `'{ validate() {} }'` are both expressions here.
 */
export type ConfigValue = Record<string, unknown> | unknown[] | string;

/** What a Strapi under test is made of; everything has a default that boots. */
export interface StrapiOptions {
  /** `cognito.config` of `config/plugins`. Default: none, which leaves the plugin's own defaults. */
  cognito?: Record<string, unknown> | string;
  /** `false`: without our plugin, so with the built-in provider. A string: the folder to load the plugin from. */
  plugin?: boolean | string;
  /** The app's `node_modules`. Default: the repository's, linked. */
  packages?: string;
  /** The Node to run on. Default: the one that runs the test. */
  node?: string;
  /** better-sqlite3's compiled addon for that Node. */
  sqliteAddon?: string;
  /** Laid over the harness's `users-permissions` config, key by key at the top level. */
  usersPermissions?: Record<string, unknown> | string;
  /**
   * Other configuration files. An object is laid over the default file's top-level keys, an array replaces it, and a
   * string is the whole file's source (`module.exports = …`).
   */
  config?: Partial<Record<ConfigName, ConfigValue>>;
  /** Files to add to the app, or to put in place of the harness's: path in the app → text. */
  files?: Readonly<Record<string, string>>;
  /**
   * Default: an SQLite file in the app's folder, or a new database on the server that `TEST_DATABASE` names. Another
   * app's `database` lets two instances share one; it goes when the app that it was made for is stopped.
   */
  database?: DatabaseConnection;
  /** `server.url`. Default: `http://localhost:PORT`. */
  url?: string;
  /** The port to listen on; 0 (the default) is any free one. */
  port?: number;
  /** More environment variables for the process; nothing but the necessary is inherited. */
  env?: Record<string, string>;
  /** `NODE_ENV`. Default: `test`. In `production` Strapi's session cookie is `Secure` unless `config.middlewares` says otherwise. */
  nodeEnv?: 'test' | 'production' | 'development';
  /** Leaves the folder behind when the app is stopped. */
  keep?: boolean;
  /** Milliseconds a boot may take. Default: 60 000. */
  bootTimeout?: number;
}
