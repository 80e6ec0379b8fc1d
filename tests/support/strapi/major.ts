import path from 'node:path';

/** The root of the repository. */
export const repositoryRoot = path.resolve(__dirname, '..', '..', '..');

/** The major version of Strapi under test: `STRAPI=5` in the environment, otherwise 4. */
export const strapiMajor = process.env.STRAPI === '5' ? 5 : 4;

/** The folder of the plugin under test. Its `node_modules` have the Strapi that it is tested with. */
export const packageRoot =
  strapiMajor === 5 ? path.join(repositoryRoot, 'strapi-5') : repositoryRoot;

/** How users-permissions can keep logins: by a JWT, on Strapi 5 also by sessions that are refreshed. */
export const jwtManagements: readonly string[] =
  strapiMajor === 5 ? ['legacy-support', 'refresh'] : ['legacy-support'];

/** The table that says which user has which role. */
export const userRoleTable = strapiMajor === 5 ? 'up_users_role_lnk' : 'up_users_role_links';

/** What Strapi itself adds to everything that it sends of a content type, beside the id and the times. */
export const systemFields: readonly string[] =
  strapiMajor === 5 ? ['documentId', 'publishedAt'] : [];

/** How Strapi answers a request that a policy refuses, with words of its own or without. */
export const policyError = (message?: string) =>
  strapiMajor === 5
    ? { status: 403, name: 'PolicyError', message: message ?? 'Policy Failed' }
    : { status: 403, name: 'ForbiddenError', message: 'Forbidden' };

/** What the built-in provider cannot do without: on Strapi 5 a username, and an email that is verified. */
export const builtInNeedsMore = strapiMajor === 5;

/** What the Content Manager and the document service know an entry by. */
export const contentId = (row: Record<string, unknown>): unknown =>
  strapiMajor === 5 ? row.documentId : row.id;

/** A schema of users-permissions, as an extension of it has to repeat it. */
export function usersPermissionsSchema(type: 'user' | 'role'): {
  collectionName: string;
  options: Record<string, unknown>;
  attributes: Record<string, Record<string, unknown>>;
} {
  const source = strapiMajor === 5 ? 'server/src' : 'server';
  const folder = `node_modules/@strapi/plugin-users-permissions/${source}/content-types`;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a file of Strapi's own
  const schema = require(path.join(packageRoot, folder, type)) as ReturnType<
    typeof usersPermissionsSchema
  >;
  return structuredClone({ kind: 'collectionType', ...schema });
}
