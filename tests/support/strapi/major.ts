import path from 'node:path';

/** The root of the repository. */
export const repositoryRoot = path.resolve(__dirname, '..', '..', '..');

/** The major version of Strapi under test: `STRAPI=5` in the environment, otherwise 4. */
export const strapiMajor = process.env.STRAPI === '5' ? 5 : 4;

/** The folder of the plugin under test. Its `node_modules` contain the Strapi that it is tested with. */
export const packageRoot =
  strapiMajor === 5 ? path.join(repositoryRoot, 'strapi-5') : repositoryRoot;

/** How users-permissions can manage logins: with a JWT, on Strapi 5 also with sessions and refresh tokens. */
export const jwtManagements: readonly string[] =
  strapiMajor === 5 ? ['legacy-support', 'refresh'] : ['legacy-support'];

/** The table that links users to roles. */
export const userRoleTable = strapiMajor === 5 ? 'up_users_role_lnk' : 'up_users_role_links';

/** What Strapi adds to each entry that it sends, beside the id and the timestamps. */
export const systemFields: readonly string[] =
  strapiMajor === 5 ? ['documentId', 'publishedAt'] : [];

/** Strapi's error for a request that a policy refuses, with a message of the policy or without. */
export const policyError = (message?: string) =>
  strapiMajor === 5
    ? { status: 403, name: 'PolicyError', message: message ?? 'Policy Failed' }
    : { status: 403, name: 'ForbiddenError', message: 'Forbidden' };

/** Whether the built-in provider requires a username and a verified email: it does on Strapi 5. */
export const builtInNeedsMore = strapiMajor === 5;

/** The id by which the Content Manager and the document service find an entry. */
export const contentId = (row: Record<string, unknown>): unknown =>
  strapiMajor === 5 ? row.documentId : row.id;

/** A schema of users-permissions, which an extension has to repeat. */
export function usersPermissionsSchema(type: 'user' | 'role'): {
  collectionName: string;
  options: Record<string, unknown>;
  attributes: Record<string, Record<string, unknown>>;
} {
  const source = strapiMajor === 5 ? 'server/src' : 'server';
  const folder = `node_modules/@strapi/plugin-users-permissions/${source}/content-types`;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a file of Strapi
  const schema = require(path.join(packageRoot, folder, type)) as ReturnType<
    typeof usersPermissionsSchema
  >;
  return structuredClone({ kind: 'collectionType', ...schema });
}
