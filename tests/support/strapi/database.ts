import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { DatabaseConnection } from './options';

/** The server of `npm run test:databases`; SQLite without one. */
export const testServer = process.env.TEST_DATABASE as 'postgres' | 'mysql' | '' | undefined;

/** A database created for one app. */
export interface TestDatabase {
  connection: DatabaseConnection;
  /** Removes it, even while clients are connected. An SQLite file is removed with its folder. */
  drop: () => Promise<void>;
}

/**
 * The default connection of an app in `dir`: a new SQLite file, or a new database on the server under test.
 * @param sqliteAddon better-sqlite3's compiled addon, where it is not the installed one.
 */
export async function createDatabase(dir: string, sqliteAddon?: string): Promise<TestDatabase> {
  if (!testServer) {
    const connection = {
      filename: path.join(dir, 'data.db'),
      ...(sqliteAddon !== undefined && { options: { nativeBinding: sqliteAddon } }),
    };
    const sqlite: DatabaseConnection = { client: 'sqlite', connection, useNullAsDefault: true };
    return { connection: sqlite, drop: () => Promise.resolve() };
  }
  const client = testServer === 'mysql' ? 'mysql2' : 'postgres';
  const url = new URL(process.env.TEST_DATABASE_URL ?? '');
  const name = `strapi_${randomBytes(8).toString('hex')}`;
  await runSql(client, url, `create database ${name}`);
  const connection = {
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    database: name,
  };
  const force = client === 'postgres' ? ' with (force)' : '';
  return {
    connection: { client, connection, pool: { min: 0, max: 10 } },
    drop: () => runSql(client, url, `drop database if exists ${name}${force}`),
  };
}

async function runSql(client: 'postgres' | 'mysql2', url: URL, sql: string): Promise<void> {
  // It is slow to load, and SQLite does without it.
  const { knex } = await import('knex');
  const server = knex({ client, connection: url.href, pool: { min: 0, max: 1 } });
  try {
    await server.raw(sql);
  } finally {
    await server.destroy();
  }
}
