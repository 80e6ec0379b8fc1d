/** Settings of one database, as under `connection` in `config/database.js`. */
export interface DatabaseConnection {
  /** MySQL and MariaDB are `mysql2`: for `mysql`, Strapi 4 requires the package of that name. */
  client: 'sqlite' | 'postgres' | 'mysql2';
  connection: Record<string, unknown>;
  useNullAsDefault?: boolean;
  pool?: Record<string, unknown>;
}

/** The name of a file in `config/`, without its extension. */
export type ConfigName =
  'admin' | 'api' | 'database' | 'features' | 'middlewares' | 'plugins' | 'server';

/**
 * A value of a configuration: JSON, or the source of a JavaScript expression where JSON is not enough (functions,
 * `process.env`). `'({ validate() {} })'` and `'{ validate() {} }'` are both expressions here.
 */
export type ConfigValue = Record<string, unknown> | unknown[] | string;

/** Options of a Strapi under test; the defaults boot. */
export interface StrapiOptions {
  /** `cognito.config` of `config/plugins`. Default: none, so that the plugin's defaults apply. */
  cognito?: Record<string, unknown> | string;
  /** `false`: without the plugin, so with the built-in provider. A string: the folder to load the plugin from. */
  plugin?: boolean | string;
  /** The app's `node_modules`. Default: the repository's, linked. */
  packages?: string;
  /** The Node executable. Default: the one that runs the test. */
  node?: string;
  /** better-sqlite3's compiled addon for that Node. */
  sqliteAddon?: string;
  /** Merged into the harness's `users-permissions` config, at the top level. */
  usersPermissions?: Record<string, unknown> | string;
  /**
   * Other configuration files. An object is merged into the default file's top-level keys, an array replaces it, and a
   * string is the source of the whole file (`module.exports = …`).
   */
  config?: Partial<Record<ConfigName, ConfigValue>>;
  /** Files to add to the app or to replace in it: path in the app → text. */
  files?: Readonly<Record<string, string>>;
  /**
   * Default: an SQLite file in the app's folder, or a new database on the server that `TEST_DATABASE` names. With
   * another app's `database`, two instances share it; it is removed when the app that it was created for is stopped.
   */
  database?: DatabaseConnection;
  /** `server.url`. Default: `http://localhost:PORT`. */
  url?: string;
  /** The port to listen on; 0 (the default) is any free one. */
  port?: number;
  /** More environment variables for the process; only the necessary ones are inherited. */
  env?: Record<string, string>;
  /** `NODE_ENV`. Default: `test`. In `production` Strapi's session cookie is `Secure` unless `config.middlewares` says otherwise. */
  nodeEnv?: 'test' | 'production' | 'development';
  /** Keeps the folder when the app is stopped. */
  keep?: boolean;
  /** Milliseconds a boot may take. Default: 60 000. */
  bootTimeout?: number;
}
