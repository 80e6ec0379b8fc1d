import type { Pool } from '../support/pool';
import type { StrapiUnderTest } from '../support/strapi';
import type { Attempt } from './load';

/** The rows of the tables at the end. */
interface Tables {
  readonly users: readonly { id: number; email: string; links: number; identities: number }[];
  readonly identities: readonly { subject: string; issuer: string; user_id: number | null }[];
}

/** Finds what is wrong with the accounts after these logins. */
export async function findWrongAccounts(
  strapi: StrapiUnderTest,
  pool: Pool,
  attempts: readonly Attempt[],
): Promise<string[]> {
  const { users, identities } = await tables(strapi);
  const wrong: string[] = [];
  for (const { id, links, identities: own } of users) {
    if (links !== 1) wrong.push(`user ${id} has ${links} roles`);
    if (own !== 1) wrong.push(`user ${id} has ${own} identities`);
  }
  for (const { subject, user_id } of identities) {
    if (user_id === null) wrong.push(`the identity ${subject} has no user`);
  }
  const bySubject = grouped(identities, ({ subject }) => subject);
  const byEmail = grouped(users, ({ email }) => email);
  for (const { user, outcome } of attempts) {
    if (outcome.kind !== 'logged in') continue;
    const { sub, attributes } = pool.user(user);
    const owners = (bySubject.get(sub) ?? []).map(({ user_id }) => user_id);
    const sameEmail = (byEmail.get(String(attributes.email)) ?? []).map(({ id }) => id);
    const expected = JSON.stringify([[outcome.userId], [outcome.userId]]);
    const found = JSON.stringify([owners, sameEmail]);
    if (found !== expected) wrong.push(`${user} was user ${outcome.userId}, but is now ${found}`);
  }
  return wrong;
}

async function tables(strapi: StrapiUnderTest): Promise<Tables> {
  return strapi.run(async ({ db: { connection } }) => {
    const rows = async (sql: string) =>
      ((await connection.raw(sql)) as { rows: Record<string, unknown>[] }).rows;
    const users = await rows(`
      select u.id, u.email,
        (select count(*) from up_users_role_links l where l.user_id = u.id)::int as links,
        (select count(*) from cognito_identities i where i.user_id = u.id)::int as identities
      from up_users u`);
    return {
      users,
      identities: await rows('select subject, issuer, user_id from cognito_identities'),
    } as unknown as Tables;
  });
}

function grouped<T>(items: readonly T[], getKey: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = getKey(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
