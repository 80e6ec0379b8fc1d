import type { Knex } from 'knex';
import { type Strapi, USER, type User, runKnex } from '../strapi';
import { hasRoles, hasTextField, userFields } from './user-schema';

const EMAIL_INDEX = 'up_users_cognito_email_lower_index';

type Client = 'sqlite' | 'postgres' | 'mysql';

/** Whether the email column ignores case (MySQL and MariaDB), so that its own index is enough. */
let emailIgnoresCase = false;

/** The table of users and the column of a field. */
function userColumn({ db }: Strapi, field: string): { table: string; column: string } {
  const { tableName, attributes } = db.metadata.get(USER);
  const { columnName = field } = attributes[field] as { columnName?: string };
  return { table: tableName, column: columnName };
}

/** A user who was found by an email. */
interface FoundUser {
  readonly user: User;
  /** Whether a hook of the site found the user: the row has another text, such as a digest of the email. */
  readonly byHook: boolean;
}

/**
 * The users with an email, in any case. Their ids come from an index, and their rows are read by Strapi with the
 * hooks of the site. A database that ignores accents finds similar emails too: see {@link isSameEmail}.
 *
 * @param email in lower case.
 */
export async function findUsersByEmail(strapi: Strapi, email: string): Promise<FoundUser[]> {
  if (!hasTextField(strapi, 'email')) return [];
  const { table, column } = userColumn(strapi, 'email');
  const query = strapi.db.getConnection(table).select({ id: 'id', stored: column });
  // In some databases, `lower` knows only ASCII. Other characters become wildcards, and the index is not used.
  const isPattern = !emailIgnoresCase && !/^[ -~]*$/.test(email);
  if (isPattern) {
    const pattern = email.replace(/[!%_]/g, '!$&').replace(/[^ -~]/gu, '_');
    void query.whereRaw("lower(??) like lower(?) escape '!'", [column, pattern]);
  } else {
    void query.whereRaw(emailIgnoresCase ? '?? = ?' : 'lower(??) = ?', [column, email]);
  }
  const rows = await runKnex<{ id: number; stored: string }[]>(strapi, query);
  const ids = rows.map(({ id }) => id);
  // A hook of the site may search for something other than the email, such as a digest that its table has instead.
  const isExact = rows.every(({ stored }) => stored === email);
  const where = isExact ? { email } : { id: { $in: ids } };
  const users = (await strapi.db.query(USER).findMany({ where })) as User[];
  return users
    .map((user) => ({ user, byHook: !ids.includes(user.id) }))
    .filter(({ user, byHook }) => byHook || !isPattern || isSameEmail(user, email))
    .sort((a, b) => a.user.id - b.user.id);
}

/** Whether a user has exactly this email, in any case. Some databases ignore accents, or treat one letter as two. */
export function isSameEmail(user: User, email: string): boolean {
  return user.email?.toLowerCase() === email;
}

/** Strapi's filter for users whose username or email starts with a text, in any case, or who have it as their id. */
export function toUserFilter(strapi: Strapi, start: string): object {
  const fields = ['username', 'email'].filter((name) => hasTextField(strapi, name));
  const startsWith = fields.map((name) => ({ [name]: { $startsWithi: start } }));
  return { $or: [...startsWith, { id: /^[1-9]\d{0,8}$/.test(start) ? Number(start) : 0 }] };
}

/** Declares indexes on the columns that exist, before Strapi creates the tables from its metadata. */
export function indexUsers(strapi: Strapi): void {
  const { metadata } = strapi.db;
  const fields = userFields(strapi);
  for (const field of ['email', 'username'].filter((name) => hasTextField(strapi, name))) {
    // MySQL refuses an index on the column of a long text.
    if (fields[field]?.type === 'text') continue;
    const name = `up_users_cognito_${field}_index`;
    metadata.get(USER).indexes.push({ name, columns: [userColumn(strapi, field).column] });
  }
  if (!hasRoles(strapi)) return;
  interface JoinTable {
    name: string;
    inverseJoinColumn: { name: string };
    inverseOrderColumnName?: string;
  }
  const { joinTable } = metadata.get(USER).attributes.role as { joinTable?: JoinTable };
  if (joinTable?.inverseOrderColumnName === undefined) return;
  // Strapi numbers the users of a role, and finds the last number by this index.
  metadata.get(joinTable.name).indexes.push({
    name: `${joinTable.name}_cognito_index`,
    columns: [joinTable.inverseJoinColumn.name, joinTable.inverseOrderColumnName],
  });
}

/**
 * Creates the index for emails in any case, at each start, because a change of the schema by Strapi may have dropped
 * it.
 */
export async function prepareEmailIndex(strapi: Strapi): Promise<void> {
  if (!hasTextField(strapi, 'email')) return;
  const { client } = strapi.db.dialect as { client: Client };
  const { table, column } = userColumn(strapi, 'email');
  emailIgnoresCase = client === 'mysql' && (await ignoresCase(strapi, table, column));
  if (emailIgnoresCase || (await indexExists(strapi, client, table))) return;
  const schema = strapi.db.getSchemaName();
  // MySQL wants parentheses around an expression. MariaDB has no such index, but most of its collations ignore case.
  const expression = client === 'mysql' ? '(lower(??))' : 'lower(??)';
  try {
    await strapi.db.connection.raw(`create index ?? on ?? (${expression})`, [
      EMAIL_INDEX,
      schema === undefined ? table : `${schema}.${table}`,
      column,
    ]);
  } catch (error) {
    // Another instance may have created it at the same time.
    if (await indexExists(strapi, client, table)) return;
    strapi.log.warn(
      `[cognito] could not create an index on lower(${column}); a first login is slow with many users: ${String(error)}`,
    );
  }
}

async function ignoresCase(strapi: Strapi, table: string, column: string): Promise<boolean> {
  const [found] = await selectRows<{ name: string | null }>(
    strapi,
    `select collation_name as name from information_schema.columns
      where table_schema = database() and table_name = ? and column_name = ?`,
    [table, column],
  );
  return found?.name?.endsWith('_ci') ?? false;
}

const INDEX_QUERIES: Readonly<Record<Client, string>> = {
  sqlite: "select 1 as found from sqlite_master where type = 'index' and tbl_name = ? and name = ?",
  postgres:
    'select 1 as found from pg_indexes where schemaname = coalesce(?, current_schema()) and tablename = ? and indexname = ?',
  mysql:
    'select 1 as found from information_schema.statistics where table_schema = database() and table_name = ? and index_name = ?',
};

async function indexExists(strapi: Strapi, client: Client, table: string): Promise<boolean> {
  const schema = client === 'postgres' ? [strapi.db.getSchemaName() ?? null] : [];
  const bindings = [...schema, table, EMAIL_INDEX] as Knex.RawBinding[];
  return (await selectRows(strapi, INDEX_QUERIES[client], bindings)).length > 0;
}

/** The rows of a select, which each driver returns in another form. */
async function selectRows<Row>(
  strapi: Strapi,
  sql: string,
  bindings: readonly Knex.RawBinding[],
): Promise<Row[]> {
  const result: unknown = await strapi.db.connection.raw(sql, bindings);
  if (!Array.isArray(result)) return (result as { rows: Row[] }).rows;
  // MySQL returns the rows and their fields.
  return (Array.isArray(result[0]) ? result[0] : result) as Row[];
}
