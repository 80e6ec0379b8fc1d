import { createHash } from 'node:crypto';
import { IDENTITY, type Strapi, type User } from '../strapi';
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

/** The identity of a person with its user; `null` where there is none. The user is `null` where it was deleted. */
export function findIdentity(strapi: Strapi, person: Person): Promise<IdentityRow | null> {
  return strapi.db.query(IDENTITY).findOne({
    where: { digest: identityDigest(person) },
    populate: ['user'],
  }) as Promise<IdentityRow | null>;
}

/** Gives an identity its user. One whose user was deleted is given the new one. */
export async function saveIdentity(
  strapi: Strapi,
  person: Person,
  before: IdentityRow | null,
  userId: number,
): Promise<void> {
  const identities = strapi.db.query(IDENTITY);
  if (before) {
    await identities.update({ where: { id: before.id }, data: { user: userId } });
    return;
  }
  const { issuer, subject } = person;
  await identities.create({
    data: { digest: identityDigest(person), issuer, subject, user: userId },
  });
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
