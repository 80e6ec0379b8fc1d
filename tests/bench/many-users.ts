import { identityDigest } from '../../server/accounts/verified-identity';
import type { Claims } from '../support/pool';
import type { Site } from '../support/site';
import { type StrapiUnderTest, userRoleTable } from '../support/strapi';

/** A user of the table, with the claims of an id_token. */
export interface SampleUser {
  readonly id: number;
  readonly subject: string;
  readonly claims: Claims;
}

/**
 * Fills the table with this many users of provider `cognito` and the default role, with an identity
 * each if the plugin is installed. It bypasses Strapi, with statements for a whole table.
 *
 * @param samples the number of users to return; they are spread over the table.
 */
export async function fillUsers(site: Site, count: number, samples: number): Promise<SampleUser[]> {
  const sampleUsers = Array.from({ length: samples }, (_, index) => {
    const id = Math.floor((index * count) / samples) + 1;
    const claims = { ...site.pool.idClaims('nia'), ...userClaims(`sample ${id}`, id) };
    return { id, subject: `sample ${id}`, claims };
  });
  const identities = sampleUsers.map(({ id, subject }) => ({
    id,
    subject,
    digest: identityDigest({ issuer: site.pool.issuer, subject }),
  }));
  const { issuer } = site.pool;
  await fill(site.strapi, { count, issuer, identities, roleTable: userRoleTable });
  return sampleUsers;
}

/** The claims that differ from user to user. */
export function userClaims(sub: string, number: number | string): Claims {
  const name = `user${number}`;
  return { sub, email: `${name}@example.com`, email_verified: true, 'cognito:username': name };
}

interface FillArguments {
  readonly count: number;
  readonly issuer: string;
  readonly identities: readonly { id: number; subject: string; digest: string }[];
  /** The table that links users to roles. */
  readonly roleTable: string;
}

function fill(strapi: StrapiUnderTest, args: FillArguments): Promise<void> {
  return strapi.run(async (it, { count, issuer, identities, roleTable }: FillArguments) => {
    const knex = it.db.connection;
    const sqlite = it.config.get<string>('database.connection.client') === 'sqlite';
    const numbers = sqlite
      ? `(with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count}) select i from n)`
      : `generate_series(1, ${count})`;
    const from = sqlite ? `from ${numbers}` : `from ${numbers} as i`;
    const random = sqlite
      ? 'lower(hex(randomblob(32)))'
      : 'md5(random()::text) || md5(random()::text)';
    const role = await it.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'authenticated' } });
    await it.db.query('plugin::users-permissions.user').deleteMany({});
    await knex.raw(
      `insert into up_users (id, username, email, provider, confirmed, blocked)
       select i, 'user' || i, 'user' || i || '@example.com', 'cognito', true, false ${from}`,
    );
    const isStrapi5 = await knex.schema.hasColumn('up_users', 'document_id');
    if (isStrapi5) {
      await knex.raw(`update up_users set document_id = 'user' || id`);
    }
    const order = isStrapi5 ? 'user_ord' : 'user_order';
    await knex.raw(`insert into ${roleTable} (user_id, role_id, ${order}) select i, ?, i ${from}`, [
      role?.id,
    ]);
    if (await knex.schema.hasTable('cognito_identities')) {
      await knex.raw(
        `insert into cognito_identities (digest, issuer, subject, user_id)
         select ${random}, ?, 'subject' || i, i ${from}`,
        [issuer],
      );
      for (const { id, subject, digest } of identities) {
        await knex.raw('update cognito_identities set subject = ?, digest = ? where user_id = ?', [
          subject,
          digest,
          id,
        ]);
      }
    }
    if (!sqlite) {
      await knex.raw(`select setval(pg_get_serial_sequence('up_users', 'id'), ${count})`);
      await knex.raw('analyze');
    }
  }, args);
}
