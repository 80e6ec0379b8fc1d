import type { Knex } from 'knex';
import type { NewUser } from '../settings/config';
import { type Strapi, USER, type User } from '../strapi';

/** The table that links users to roles, and its columns, as Strapi has named them. */
interface RoleLinks {
  readonly name: string;
  readonly joinColumn: { readonly name: string };
  readonly inverseJoinColumn: { readonly name: string };
  /** Where a user stands among those of the role. */
  readonly inverseOrderColumnName: string;
}

function roleLinks(strapi: Strapi): RoleLinks {
  const { role } = strapi.db.metadata.get(USER).attributes;
  return (role as unknown as { joinTable: RoleLinks }).joinTable;
}

/** Lets the database find the last user of a role at once, however many there are. */
export function indexRoleLinks(strapi: Strapi): void {
  const hook = strapi.hook('strapi::content-types.beforeSync') as {
    register(fn: () => void): void;
  };
  hook.register(() => {
    const { name, inverseJoinColumn, inverseOrderColumnName } = roleLinks(strapi);
    // The table has no content type to name its indexes, but the schema is read from here.
    strapi.db.metadata.get(name).indexes.push({
      name: `${name}_cognito_index`,
      columns: [inverseJoinColumn.name, inverseOrderColumnName],
    });
  });
}

type EntityManager = Strapi['db']['entityManager'];

/**
 * Makes a user as Strapi does, hooks and all, but for one step: to number a user within their role,
 * Strapi groups all users of that role, which takes a second where there are a million. Here the
 * last one is looked up in the index of {@link indexRoleLinks}.
 */
export async function insertUser(strapi: Strapi, data: NewUser): Promise<User> {
  const theirs: EntityManager = strapi.db.entityManager;
  const attachRelations: EntityManager['attachRelations'] = async (uid, id, all, options) => {
    const { role, ...others } = all as Record<string, unknown>;
    const trx = options?.transaction;
    // A hook may have put something else in its place.
    if (typeof role !== 'number' || !trx) {
      await theirs.attachRelations(uid, id, all, options);
      return;
    }
    await theirs.attachRelations(uid, id, others, options);
    await linkRole(strapi, Number(id), role, trx);
  };
  const ours = Object.create(theirs, {
    attachRelations: { value: attachRelations },
  }) as typeof theirs;
  return (await ours.create(USER, { data })) as User;
}

async function linkRole(strapi: Strapi, userId: number, roleId: number, trx: Knex.Transaction) {
  const { name, joinColumn, inverseJoinColumn, inverseOrderColumnName: order } = roleLinks(strapi);
  const links = () => strapi.db.getConnection(name).transacting(trx);
  const ofRole = { [inverseJoinColumn.name]: roleId };
  const [row] = await links().where(ofRole).max<{ last: unknown }[]>(order, { as: 'last' });
  const link = { ...ofRole, [joinColumn.name]: userId, [order]: Number(row?.last ?? 0) + 1 };
  await links().insert(link);
}
