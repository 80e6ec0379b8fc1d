import type { Knex } from 'knex';
import type { LinkedIdentity, Page } from '../admin-contract';
import { identity } from '../content-types';
import { IDENTITY, type Strapi, USER, runKnex } from '../strapi';
import { type IdentityKey, type VerifiedIdentity, identityDigest } from './verified-identity';
import { toUserFilter } from './user-lookup';

/** The row of an identity. Without a user, a login is creating one (`pendingUsername`), or the user was deleted. */
export interface StoredIdentity {
  readonly id: number;
  readonly userId: number | null;
  readonly pendingUsername: string | null;
  /** Whether the plugin created the user unconfirmed; a number in SQLite, MySQL and MariaDB. */
  readonly awaitsVerification: boolean | number | null;
}

interface Row {
  readonly id: number;
  readonly createdAt: string | Date | null;
  readonly user: { readonly id: number } | null;
}

const identities = (strapi: Strapi) => strapi.db.query(IDENTITY);

const TABLE = identity.collectionName;

const queryRow = (strapi: Strapi, key: IdentityKey): Knex.QueryBuilder =>
  strapi.db.getConnection(TABLE).where({ [`${TABLE}.digest`]: identityDigest(key) });

const userTable = ({ db }: Strapi): string => db.metadata.get(USER).tableName;

/** The row of an identity without a user. A program that ignores foreign keys may have deleted only the user. */
const queryUnlinked = (strapi: Strapi, key: IdentityKey): Knex.QueryBuilder => {
  const users = userTable(strapi);
  const user = strapi.db
    .getConnection(users)
    .whereRaw('?? = ??', [`${users}.id`, `${TABLE}.user_id`]);
  return queryRow(strapi, key).whereNotExists(user);
};

export async function findIdentity(
  strapi: Strapi,
  key: IdentityKey,
): Promise<StoredIdentity | undefined> {
  // This uses Knex, because Strapi would read all fields of the user only to get the id.
  const users = userTable(strapi);
  const rows = queryRow(strapi, key).leftJoin(users, `${users}.id`, `${TABLE}.user_id`);
  const row = rows.first({
    id: `${TABLE}.id`,
    userId: `${users}.id`,
    pendingUsername: `${TABLE}.pending_username`,
    awaitsVerification: `${TABLE}.awaits_verification`,
  });
  return runKnex<StoredIdentity | undefined>(strapi, row);
}

/** Records that a user is being created. If this login is interrupted, the next one finds the user by the username. */
export async function reserveIdentity(
  strapi: Strapi,
  { issuer, subject, emailVerified }: VerifiedIdentity,
  pendingUsername: string,
  stored: StoredIdentity | undefined,
): Promise<void> {
  const data = { pendingUsername, awaitsVerification: !emailVerified };
  if (stored) await identities(strapi).updateMany({ where: { id: stored.id }, data });
  else await createRow(strapi, { issuer, subject }, data);
}

async function createRow(strapi: Strapi, key: IdentityKey, data: object): Promise<void> {
  const { issuer, subject } = key;
  const row = { digest: identityDigest(key), issuer, subject, ...data };
  await identities(strapi).createMany({ data: [row] });
}

/** Deletes a reservation for which no user was created. */
export async function releaseIdentity(strapi: Strapi, key: IdentityKey): Promise<void> {
  await runKnex(strapi, queryUnlinked(strapi, key).delete());
}

/** Links an identity that has no user; the unique index picks one of several logins. @returns the id of its user. */
export async function claimIdentity(
  strapi: Strapi,
  key: IdentityKey,
  userId: number,
): Promise<number> {
  const link = queryUnlinked(strapi, key).update({ user_id: userId, pending_username: null });
  if ((await runKnex<number>(strapi, link)) > 0) return userId;
  const present = await findIdentity(strapi, key);
  if (present?.userId) return present.userId;
  try {
    await createRow(strapi, key, { user: userId });
    return userId;
  } catch (error) {
    const winner = await findIdentity(strapi, key);
    if (!winner?.userId) throw error;
    return winner.userId;
  }
}

/** Records that the user of an identity was confirmed. */
export async function markVerified(strapi: Strapi, { id }: StoredIdentity): Promise<void> {
  await identities(strapi).updateMany({ where: { id }, data: { awaitsVerification: false } });
}

/** The identities of these users, oldest first. */
export async function findUserIdentities(strapi: Strapi, userIds: readonly number[]) {
  if (userIds.length === 0) return [];
  const rows = (await identities(strapi).findMany({
    where: { user: { id: { $in: userIds } } },
    populate: { user: { select: ['id'] } },
    orderBy: 'id',
  })) as Row[];
  return rows.map(({ id, createdAt, user }) => ({
    id,
    userId: user?.id,
    linkedAt: toIso(createdAt),
  }));
}

/** Whether any user has an identity. */
export async function hasIdentities(strapi: Strapi): Promise<boolean> {
  const where = { user: { id: { $notNull: true } } };
  return (await identities(strapi).findOne({ where })) !== null;
}

/** Unlinks one identity. @returns the id of its user; `undefined` if there is no such identity. */
export async function unlinkIdentity(strapi: Strapi, id: number): Promise<number | undefined> {
  const row = (await identities(strapi).findOne({
    where: { id },
    populate: { user: { select: ['id'] } },
  })) as Row | null;
  if (!row?.user) return undefined;
  await identities(strapi).deleteMany({ where: { id } });
  return row.user.id;
}

/** Unlinks all identities of a user. @returns whether there were any. */
export async function unlinkAll(strapi: Strapi, userId: number): Promise<boolean> {
  // Strapi's bulk delete cannot filter by relations, so they are found first.
  const ids = (await findUserIdentities(strapi, [userId])).map(({ id }) => id);
  await identities(strapi).deleteMany({ where: { id: { $in: ids } } });
  return ids.length > 0;
}

/** A page of identities with their users, newest link first. `q` begins a username or an email, or is a user's id. */
export async function searchIdentities(
  strapi: Strapi,
  { user, q, page, pageSize }: { user?: number; q?: string; page: number; pageSize: number },
): Promise<Page<LinkedIdentity>> {
  const found = q === undefined ? { id: { $notNull: true } } : toUserFilter(strapi, q);
  const { results, pagination } = await identities(strapi).findPage({
    where: { user: user === undefined ? found : { id: user } },
    populate: { user: true },
    orderBy: { id: 'desc' },
    page,
    pageSize,
  });
  const rows = results as (Omit<LinkedIdentity, 'linkedAt'> & Row)[];
  return {
    pagination,
    results: rows.map(({ id, issuer, subject, createdAt, user }) => ({
      id,
      issuer,
      subject,
      linkedAt: toIso(createdAt),
      user: {
        id: user.id,
        documentId: user.documentId,
        username: user.username ?? null,
        email: user.email ?? null,
        provider: user.provider ?? null,
        blocked: user.blocked,
      },
    })),
  };
}

const toIso = (time: string | Date | null) => (time === null ? null : new Date(time).toISOString());

/** Deletes the identities of deleted users, whose reference the database has set to null. */
export function deleteOrphanedIdentities(strapi: Strapi): void {
  const deleteOrphans = async (): Promise<void> => {
    const rows = strapi.db.getConnection(TABLE);
    await runKnex(strapi, rows.whereNull('user_id').whereNull('pending_username').delete());
  };
  strapi.db.lifecycles.subscribe({
    models: [USER],
    afterDelete: deleteOrphans,
    afterDeleteMany: deleteOrphans,
  });
}
