import type { Settings } from '../settings/settings';
import { ROLE, type Strapi } from '../strapi';
import { problemOfField, userFields } from './profile';

/**
 * Checks at boot what only a running Strapi knows: that the fields and the roles of the maps exist.
 *
 * @throws {Error} naming what is missing. On the very first boot there are no roles yet, as
 * users-permissions may make them later: a role that is still missing at a login is refused then.
 */
export async function checkMappings(strapi: Strapi, { users }: Settings): Promise<void> {
  const fields = userFields(strapi);
  const problems = Object.values(users.attributes).flatMap((field) => {
    const problem = problemOfField(field, fields);
    return problem === undefined ? [] : [`users.attributes: ${problem}`];
  });
  const wanted = Object.values(users.roles);
  const roles =
    wanted.length === 0 ? [] : await strapi.db.query(ROLE).findMany({ select: ['type'] });
  const types = new Set((roles as { type: string }[]).map(({ type }) => type));
  for (const type of types.size === 0 ? [] : wanted) {
    if (!types.has(type)) {
      problems.push(
        `users.roles: there is no role of type "${type}"; expected one of ${[...types].join(', ')}`,
      );
    }
  }
  if (problems.length > 0) throw new Error(`cognito config: ${problems.join('\n')}`);
}
