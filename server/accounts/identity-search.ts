import type { Knex } from 'knex';
import type { LinkedIdentity } from '../admin-contract';
import { identity } from '../content-types/identity';
import { IDENTITY, type Strapi, USER, type User } from '../strapi';

/** Which identities are wanted; all of them where nothing is said. */
export interface Search {
  /** Of one user alone. */
  readonly user?: number;
  /** The start of a username or an email, or a user's id. */
  readonly q?: string;
}

/**
 * Where counting and leafing end: a million rows are not counted, or skipped, for a page that shows
 * ten of them. Whoever looks for somebody says more of the name.
 */
const MAX_FOUND = 10_000;

interface Row {
  readonly id: number;
  readonly issuer: string;
  readonly subject: string;
  readonly createdAt: string | Date | null;
  readonly user: User | null;
}

/**
 * Users' identities, the newest link first. A start of a name is looked for by the indexes of email
 * and username, in the cases that names are written in.
 *
 * @returns the rows from `offset` on, and how many there are: {@link MAX_FOUND} where there are more.
 */
export async function searchIdentities(
  strapi: Strapi,
  search: Search,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ rows: LinkedIdentity[]; total: number }> {
  const found = () => matching(strapi, search).select('identity.id').limit(MAX_FOUND).as('found');
  const knex = strapi.db.connection;
  const [counted]: { total?: unknown }[] = await knex.count({ total: '*' }).from(found());
  const ids = (await knex
    .select('id')
    .from(found())
    .orderBy('id', 'desc')
    .offset(offset)
    .limit(limit)) as { id: number }[];
  const rows = (await strapi.db.query(IDENTITY).findMany({
    where: { id: { $in: ids.map(({ id }) => id) } },
    populate: { user: { select: ['id', 'username', 'email', 'provider', 'blocked'] } },
    orderBy: { id: 'desc' },
  })) as Row[];
  return { rows: rows.flatMap(shown), total: Number(counted?.total) };
}

/** Those whose user was deleted a moment ago are nobody's. */
function shown({ id, issuer, subject, createdAt, user }: Row): LinkedIdentity[] {
  if (!user) return [];
  return [
    {
      id,
      issuer,
      subject,
      linkedAt: createdAt === null ? null : new Date(createdAt).toISOString(),
      user: {
        id: user.id,
        username: user.username,
        email: user.email,
        provider: user.provider,
        blocked: user.blocked === true,
      },
    },
  ];
}

function matching(strapi: Strapi, { user, q }: Search): Knex.QueryBuilder {
  const identities = strapi.db.getConnection(`${identity.collectionName} as identity`);
  if (user !== undefined) void identities.where('identity.user_id', user);
  if (q === undefined)
    return identities.whereNotNull('identity.user_id').orderBy('identity.id', 'desc');
  // Not in any order: so the databases begin at the names, and end when enough is found.
  const { tableName } = strapi.db.metadata.get(USER);
  return identities.join(`${tableName} as user`, 'user.id', 'identity.user_id').where((either) => {
    if (/^[1-9]\d{0,8}$/.test(q)) void either.orWhere('user.id', Number(q));
    for (const column of ['user.email', 'user.username']) {
      for (const start of casesOf(q)) orStartsWith(strapi, either, column, start);
    }
  });
}

/** The cases that a name is commonly written in: comparing in no case at all would use no index. */
function casesOf(start: string): Set<string> {
  const lower = start.toLowerCase();
  const [first = ''] = lower;
  return new Set([
    start,
    lower,
    start.toUpperCase(),
    first.toUpperCase() + lower.slice(first.length),
  ]);
}

/** A condition on the start of a column in the form that the index of each database serves. */
function orStartsWith(
  strapi: Strapi,
  query: Knex.QueryBuilder,
  column: string,
  start: string,
): void {
  if ((strapi.db.dialect as { client: string }).client === 'sqlite') {
    // Its "like" knows no case, and its indexes do. Texts are compared byte by byte: what begins
    // with it is before it with the last of all characters behind.
    void query.orWhere((between) => {
      void between.where(column, '>=', start).where(column, '<', `${start}\u{10ffff}`);
    });
  } else {
    const pattern = `${start.replace(/[!%_]/g, '!$&')}%`;
    void query.orWhereRaw(`?? like ? escape '!'`, [column, pattern]);
  }
}
