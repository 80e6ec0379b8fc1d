import { randomBytes } from 'node:crypto';
import path from 'node:path';
import knex from 'knex';
import type { DatabaseConnection } from './options';

/** A server of `npm run test:databases`; none: SQLite. */
export const testServer = process.env.TEST_DATABASE as 'postgres' | 'mysql' | '' | undefined;

/** A database made for one app. */
export interface MadeDatabase {
  connection: DatabaseConnection;
  /** Removes it, whoever is still connected. An SQLite file goes with its folder. */
  drop: () => Promise<void>;
}

/**
 * The default connection of an app in `dir`: a new SQLite file, or a new database on the server under test.
 * @param sqliteAddon better-sqlite3's compiled part, where it is not the installed one.
 */
export async function makeDatabase(dir: string, sqliteAddon?: string): Promise<MadeDatabase> {
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
  await ask(client, url, `create database ${name}`);
  const connection = {
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    database: name,
  };
  const force = client === 'postgres' ? ' with (force)' : '';
  return {
    connection: { client, connection, pool: { min: 0, max: 10 } },
    drop: () => ask(client, url, `drop database if exists ${name}${force}`),
  };
}

async function ask(client: 'postgres' | 'mysql2', url: URL, sql: string): Promise<void> {
  const server = knex({ client, connection: url.href, pool: { min: 0, max: 1 } });
  try {
    await server.raw(sql);
  } finally {
    await server.destroy();
  }
}
