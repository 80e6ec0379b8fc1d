import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { identity } from '../content-types/identity';
import { IDENTITY, type Strapi, USER, type User, type UserWithRole } from '../strapi';
import type { Person } from './person';

interface IdentityRow {
  readonly id: number;
  readonly user: User | null;
}

/** Stands for an identity in the unique index: equal only where issuer and subject are, byte for byte. */
export function identityDigest({ issuer, subject }: Pick<Person, 'issuer' | 'subject'>): string {
  return createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex');
}

/**
 * The user of an identity; `undefined` where it has none. One statement, as each login and each call
 * with a token of Cognito begins with it. Hooks of the site on users are not called: they would meet
 * with a statement where an id is.
 *
 * @param populate relations of the user to read too.
 */
export async function findOwner(
  strapi: Strapi,
  person: Pick<Person, 'issuer' | 'subject'>,
  populate: readonly string[] = [],
): Promise<UserWithRole | undefined> {
  const id = strapi.db
    .getConnection(identity.collectionName)
    .select('user_id')
    .where({ digest: identityDigest(person) });
  const user: unknown = await strapi.db
    .queryBuilder(USER)
    .init({ where: { id }, populate })
    .first()
    .execute();
  return (user ?? undefined) as UserWithRole | undefined;
}

/** An identity with its user, who is `null` where it was deleted; `null` where there is none. */
export async function findIdentity(
  strapi: Strapi,
  identity: Pick<Person, 'issuer' | 'subject'>,
): Promise<IdentityRow | null> {
  const row: unknown = await strapi.db.query(IDENTITY).findOne({
    where: { digest: identityDigest(identity) },
    populate: ['user'],
  });
  return row as IdentityRow | null;
}

/**
 * Gives a person's identity its user.
 *
 * @param leftover the identity of a user who was deleted, where there is one: it goes.
 */
export async function saveIdentity(
  strapi: Strapi,
  person: Person,
  leftover: IdentityRow | null,
  userId: number,
): Promise<void> {
  const identities = strapi.db.query(IDENTITY);
  const digest = identityDigest(person);
  const { issuer, subject } = person;
  if (leftover) await identities.deleteMany({ where: { id: leftover.id } });
  // Of one row, as "create" would read it back.
  await identities.createMany({ data: [{ digest, issuer, subject, user: userId }] });
}

/** Takes one identity away; `false` where there is none of this id. */
export async function forgetIdentity(strapi: Strapi, id: number): Promise<boolean> {
  const { count } = await strapi.db.query(IDENTITY).deleteMany({ where: { id } });
  return count > 0;
}

/** Takes every identity of a user away. Strapi's bulk delete knows no relations, so they are found first. */
export async function forgetIdentities(strapi: Strapi, userId: number): Promise<void> {
  const identities = strapi.db.query(IDENTITY);
  const where = { user: { id: userId } };
  const rows = (await identities.findMany({ select: ['id'], where })) as { id: number }[];
  if (rows.length === 0) return;
  await identities.deleteMany({ where: { id: { $in: rows.map(({ id }) => id) } } });
}

/** Which of these users have an identity. */
export async function usersWithIdentity(
  strapi: Strapi,
  userIds: readonly number[],
): Promise<ReadonlySet<number>> {
  if (userIds.length === 0) return new Set();
  const rows = (await strapi.db.query(IDENTITY).findMany({
    where: { user: { id: { $in: userIds } } },
    populate: ['user'],
  })) as IdentityRow[];
  return new Set(rows.flatMap(({ user }) => (user ? [user.id] : [])));
}

/**
 * A user who is deleted leaves no identity behind. The database has set the user of theirs to null:
 * what has none is theirs.
 */
export function watchDeletedUsers(strapi: Strapi): void {
  const forget = async (): Promise<void> => {
    // Joins the transaction of the deletion, where it has one.
    await strapi.db.transaction(({ trx }: { trx: Knex.Transaction }) =>
      strapi.db
        .getConnection(identity.collectionName)
        .transacting(trx)
        .whereNull('user_id')
        .delete(),
    );
  };
  strapi.db.lifecycles.subscribe({
    models: [USER],
    afterDelete: forget,
    afterDeleteMany: forget,
  });
}
