import type { Knex } from 'knex';
import { type Strapi, USER } from '../strapi';
import { withLocks } from '../locks';

/** A login looks users up by email and username, the admin page by how they start. */
const indexes = [
  { name: 'up_users_cognito_email_index', columns: ['email'] },
  { name: 'up_users_cognito_username_index', columns: ['username'] },
] as const;

/** Before tables are made: at a million users both need an index. */
export function indexUsers(strapi: Strapi): void {
  const users = strapi.contentType(USER) as { indexes?: object[] };
  users.indexes = [...(users.indexes ?? []), ...indexes];
}

/**
 * In PostgreSQL an index serves "starts with" only where its texts are ordered byte by byte, which
 * most databases' locale does not do: ours is made so, and serves equality as before. Strapi, which
 * compares names and columns, takes it for its own. Done once, by whichever instance starts first.
 *
 * @see https://www.postgresql.org/docs/current/indexes-opclass.html
 */
export async function prepareUserIndexes(strapi: Strapi): Promise<void> {
  if ((strapi.db.dialect as { client: string }).client !== 'postgres') return;
  const schema = strapi.db.getSchemaName();
  const { tableName } = strapi.db.metadata.get(USER);
  const others = async (): Promise<(typeof indexes)[number][]> => {
    const found = await inTransaction(
      strapi,
      `select i.relname as name from pg_index x
        join pg_class i on i.oid = x.indexrelid
        join pg_namespace n on n.oid = i.relnamespace
        join pg_opclass o on o.oid = x.indclass[0]
        where n.nspname = coalesce(?, current_schema()) and i.relname in (?, ?)
          and o.opcname <> 'text_pattern_ops'`,
      [schema ?? null, ...indexes.map(({ name }) => name)],
    );
    const { rows } = found as { rows: { name: string }[] };
    return indexes.filter(({ name }) => rows.some((row) => row.name === name));
  };
  const qualified = (name: string) => (schema === undefined ? [name] : [schema, name]).join('.');
  try {
    if ((await others()).length === 0) return;
    await withLocks(strapi, ['indexes of users'], async () => {
      // Behind whom it waits for the table (a long report, say), everybody's logins would queue up.
      await inTransaction(strapi, "set local lock_timeout = '3s'", []);
      const wanted = await others();
      const fresh = (name: string) => `${name}_new`;
      for (const { name, columns } of wanted) {
        const bindings = [fresh(name), qualified(tableName), ...columns];
        await inTransaction(strapi, 'create index ?? on ?? (?? text_pattern_ops)', bindings);
      }
      // Only now nobody may read the table, for a moment.
      for (const { name } of wanted) {
        await inTransaction(strapi, 'drop index ??', [qualified(name)]);
        const bindings = [qualified(fresh(name)), name];
        await inTransaction(strapi, 'alter index ?? rename to ??', bindings);
      }
    });
  } catch (error) {
    strapi.log.warn(`[cognito] looking for users by name may be slow: ${String(error)}`);
  }
}

/** Joins the transaction there is, or is one. */
async function inTransaction(
  strapi: Strapi,
  sql: string,
  bindings: Knex.RawBinding[],
): Promise<unknown> {
  return strapi.db.transaction(async ({ trx }: { trx: Knex.Transaction }): Promise<unknown> => {
    return strapi.db.connection.raw(sql, bindings).transacting(trx);
  });
}
