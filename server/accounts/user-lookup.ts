import { type Strapi, USER, type User, runKnex, userQuery } from '../strapi';
import { hasRoles, hasTextField, userFields } from './user-schema';

function userColumn({ db }: Strapi, field: string): string {
  const { columnName = field } = db.metadata.get(USER).attributes[field] as { columnName?: string };
  return columnName;
}

/**
 * The users with an email, in any case. Strapi reads their rows, with the hooks of the site. A database that ignores
 * accents finds similar emails too: see {@link isSameEmail}.
 *
 * @param email in lower case.
 * @returns the users, and the emails in their rows: none if a hook of the site found a row with another text, such as
 * a digest.
 */
export async function findUsersByEmail(strapi: Strapi, email: string) {
  if (!hasTextField(strapi, 'email')) return [];
  const { tableName } = strapi.db.metadata.get(USER);
  const column = userColumn(strapi, 'email');
  const query = strapi.db.getConnection(tableName).select({ id: 'id', stored: column });
  // Except in MySQL and MariaDB, `lower` may know only ASCII. Other characters become wildcards.
  const isPattern = strapi.db.dialect.client !== 'mysql' && !/^[ -~]*$/.test(email);
  if (isPattern) {
    const pattern = email.replace(/[!%_]/g, '!$&').replace(/[^ -~]/gu, '_');
    void query.whereRaw("lower(??) like lower(?) escape '!'", [column, pattern]);
  } else {
    void query.whereRaw('lower(??) = ?', [column, email]);
  }
  const search = async () => {
    const rows = await runKnex<{ id: number; stored: string }[]>(strapi, query.clone());
    return isPattern ? rows.filter(({ stored }) => stored.toLowerCase() === email) : rows;
  };
  const rows = await search();
  // A hook of the site may search for something other than the email, such as a digest that its table has instead.
  const isExact = rows.every(({ stored }) => stored === email);
  const where = isExact ? { email } : { id: { $in: rows.map(({ id }) => id) } };
  const users = (await userQuery(strapi).findMany({ where })) as User[];
  // A user of another login may have been created meanwhile.
  if (users.some(({ id }) => !rows.some((row) => row.id === id))) rows.push(...(await search()));
  return users
    .map((user) => ({ user, stored: rows.find(({ id }) => id === user.id)?.stored }))
    .sort((a, b) => a.user.id - b.user.id);
}

/** Whether a user has exactly this email, in any case. Some databases ignore accents, or treat one letter as two. */
export const isSameEmail = (user: User, email: string): boolean =>
  user.email?.toLowerCase() === email;

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
    metadata.get(USER).indexes.push({ name, columns: [userColumn(strapi, field)] });
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
