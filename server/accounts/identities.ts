import type { Knex } from 'knex';
import type { LinkedIdentity } from '../admin-contract';
import { identity } from '../content-types';
import { sha256 } from '../protocol/crypto';
import { IDENTITY, type Strapi, USER, runKnex } from '../strapi';
import type { IdentityKey, VerifiedIdentity } from './verified-identity';
import { findUserIds } from './user-lookup';

/** The row of an identity. */
export interface StoredIdentity {
  readonly id: number;
  /** `undefined` if the user was deleted, or is being created. */
  readonly userId: number | undefined;
  /** The username of the user whom a login was creating when it failed or was cut off. */
  readonly pendingUsername: string | undefined;
  /** Whether the plugin created the user unconfirmed. */
  readonly awaitsVerification: boolean;
}

/** The columns of an identity. */
interface Columns {
  readonly id: number;
  readonly user_id: number | null;
  readonly pending_username: string | null;
  readonly awaits_verification: boolean | number | null;
}

interface Row {
  readonly id: number;
  readonly createdAt: string | Date | null;
  readonly user: { readonly id: number } | null;
}

/** The value in the unique index: equal only if issuer and subject are equal, byte for byte. */
export function identityDigest({ issuer, subject }: IdentityKey): string {
  return sha256(JSON.stringify([issuer, subject])).toString('hex');
}

const identities = (strapi: Strapi) => strapi.db.query(IDENTITY);

/** A query on the row of an identity. */
const queryRow = (strapi: Strapi, key: IdentityKey): Knex.QueryBuilder =>
  strapi.db.getConnection(identity.collectionName).where({ digest: identityDigest(key) });

export async function findIdentity(
  strapi: Strapi,
  key: IdentityKey,
): Promise<StoredIdentity | undefined> {
  const columns = ['id', 'user_id', 'pending_username', 'awaits_verification'];
  // With Knex, because Strapi would read the user's row only to get the id.
  const row = await runKnex<Columns | undefined>(strapi, queryRow(strapi, key).first(columns));
  if (!row) return undefined;
  return {
    id: row.id,
    userId: row.user_id ?? undefined,
    pendingUsername: row.pending_username ?? undefined,
    awaitsVerification: Boolean(row.awaits_verification),
  };
}

/**
 * Notes that a user is about to be created for an identity. If the login is cut off, the next one finds the user by
 * the username.
 *
 * @param stored the row that an earlier login has left, if there is one.
 */
export async function reserveIdentity(
  strapi: Strapi,
  { issuer, subject, emailVerified }: VerifiedIdentity,
  pendingUsername: string,
  stored: StoredIdentity | undefined,
): Promise<void> {
  const reservation = { pendingUsername, awaitsVerification: !emailVerified };
  if (stored) {
    await identities(strapi).updateMany({ where: { id: stored.id }, data: reservation });
    return;
  }
  const digest = identityDigest({ issuer, subject });
  const data = [{ digest, issuer, subject, ...reservation }];
  await identities(strapi).createMany({ data });
}

/** Deletes a reservation for which no user was created. */
export async function releaseIdentity(strapi: Strapi, key: IdentityKey): Promise<void> {
  await runKnex(strapi, queryRow(strapi, key).whereNull('user_id').delete());
}

/**
 * Links an identity to a user, unless it is linked to another one.
 *
 * @returns the id of the user it is linked to now. If several logins do this at the same time, the unique index
 * decides.
 */
export async function claimIdentity(
  strapi: Strapi,
  { issuer, subject }: IdentityKey,
  userId: number,
): Promise<number> {
  const key = { issuer, subject };
  const row = { user_id: userId, pending_username: null };
  const changed = await runKnex<number>(
    strapi,
    queryRow(strapi, key).whereNull('user_id').update(row),
  );
  if (changed > 0) return userId;
  const present = await findIdentity(strapi, key);
  if (present?.userId !== undefined) return present.userId;
  try {
    const data = [{ digest: identityDigest(key), issuer, subject, user: userId }];
    await identities(strapi).createMany({ data });
    return userId;
  } catch (error) {
    const winner = await findIdentity(strapi, key);
    if (winner?.userId === undefined) throw error;
    return winner.userId;
  }
}

/** Notes that the user of an identity was confirmed. */
export async function markVerified(strapi: Strapi, { id }: StoredIdentity): Promise<void> {
  await identities(strapi).updateMany({ where: { id }, data: { awaitsVerification: false } });
}

/** The identities of a user, oldest first. */
export async function findIdentitiesOfUser(
  strapi: Strapi,
  userId: number,
): Promise<readonly { readonly id: number; readonly linkedAt: string | null }[]> {
  const rows = (await identities(strapi).findMany({
    where: { user: { id: userId } },
    orderBy: 'id',
  })) as Row[];
  return rows.map(({ id, createdAt }) => ({ id, linkedAt: toIso(createdAt) }));
}

/** Whether any user has an identity. */
export async function hasIdentities(strapi: Strapi): Promise<boolean> {
  const where = { user: { id: { $notNull: true } } };
  return (await identities(strapi).findOne({ where })) !== null;
}

/** Which of these users have an identity. */
export async function findLinkedUserIds(
  strapi: Strapi,
  userIds: readonly number[],
): Promise<ReadonlySet<number>> {
  if (userIds.length === 0) return new Set();
  const rows = (await identities(strapi).findMany({
    where: { user: { id: { $in: userIds } } },
    populate: { user: { select: ['id'] } },
  })) as Row[];
  return new Set(rows.flatMap(({ user }) => (user ? [user.id] : [])));
}

/**
 * Unlinks one identity.
 *
 * @returns the id of its user; `undefined` if there is no such identity.
 */
export async function unlinkIdentity(strapi: Strapi, id: number): Promise<number | undefined> {
  const row = (await identities(strapi).findOne({
    where: { id },
    populate: { user: { select: ['id'] } },
  })) as Row | null;
  if (!row?.user) return undefined;
  await identities(strapi).deleteMany({ where: { id } });
  return row.user.id;
}

/**
 * Unlinks all identities of a user. Strapi's bulk delete knows no relations, so they are found first.
 *
 * @returns whether there was any.
 */
export async function unlinkAll(strapi: Strapi, userId: number): Promise<boolean> {
  const ids = (await findIdentitiesOfUser(strapi, userId)).map(({ id }) => id);
  if (ids.length === 0) return false;
  await identities(strapi).deleteMany({ where: { id: { $in: ids } } });
  return true;
}

/** A filter for identities; without one, all. */
interface IdentityFilter {
  /** The id of a user. */
  readonly user?: number;
  /** The start of a username or an email, in any case, or the id of a user. */
  readonly q?: string;
}

/**
 * Identities with their users, the newest link first.
 *
 * @returns the rows from `offset` on, and how many there are.
 */
export async function searchIdentities(
  strapi: Strapi,
  { user, q }: IdentityFilter,
  { offset, limit }: { offset: number; limit: number },
): Promise<{ rows: LinkedIdentity[]; total: number }> {
  const where: Record<string, unknown> = { user: { id: { $notNull: true } } };
  if (user !== undefined) where.user = { id: user };
  else if (q !== undefined) where.user = { id: { $in: await findUserIds(strapi, q) } };
  const [total, rows] = await Promise.all([
    identities(strapi).count({ where }),
    identities(strapi).findMany({
      where,
      populate: { user: true },
      orderBy: { id: 'desc' },
      offset,
      limit,
    }) as Promise<(Omit<LinkedIdentity, 'linkedAt'> & Row)[]>,
  ]);
  return {
    total,
    rows: rows.map(({ id, issuer, subject, createdAt, user: { id: userId, ...fields } }) => ({
      id,
      issuer,
      subject,
      linkedAt: toIso(createdAt),
      user: {
        id: userId,
        ...(fields.documentId !== undefined && { documentId: fields.documentId }),
        username: fields.username ?? null,
        email: fields.email ?? null,
        provider: fields.provider ?? null,
        blocked: fields.blocked,
      },
    })),
  };
}

const toIso = (time: string | Date | null) => (time === null ? null : new Date(time).toISOString());

/**
 * Deletes the identities of deleted users. The database sets their reference to null. An identity without a user
 * is kept only while a user is being created for it.
 */
export function deleteOrphanedIdentities(strapi: Strapi): void {
  const deleteOrphans = async (): Promise<void> => {
    const orphans = strapi.db
      .getConnection(identity.collectionName)
      .whereNull('user_id')
      .whereNull('pending_username');
    await runKnex(strapi, orphans.delete());
  };
  strapi.db.lifecycles.subscribe({
    models: [USER],
    afterDelete: deleteOrphans,
    afterDeleteMany: deleteOrphans,
  });
}
