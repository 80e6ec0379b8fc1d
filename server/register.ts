import { indexRoleLinks } from './accounts/role-links';
import { createBearerStrategy } from './bearer/strategy';
import { extendUsersPermissions } from './login/users-permissions';
import { type Strapi, USER, IDENTITY, LOCK, ONE_TIME_CODE } from './strapi';

/** Strapi loads its plugins: hook into users-permissions, before routes and tables are made. */
export function register({ strapi }: { strapi: Strapi }): void {
  extendUsersPermissions(strapi);
  strapi.container
    .get<{ register(type: string, strategy: object): unknown }>('auth')
    .register('content-api', createBearerStrategy(strapi));
  indexUsers(strapi);
  indexRoleLinks(strapi);
  hideFromGraphql(strapi);
}

/** A login looks users up by email and username: at a million users that needs an index. */
function indexUsers(strapi: Strapi): void {
  const users = strapi.contentType(USER) as { indexes?: { name: string; columns: string[] }[] };
  users.indexes = [
    ...(users.indexes ?? []),
    { name: 'up_users_cognito_email_index', columns: ['email'] },
    { name: 'up_users_cognito_username_index', columns: ['username'] },
  ];
}

/** GraphQL would make types of every table. */
function hideFromGraphql(strapi: Strapi): void {
  const graphql = strapi.plugin('graphql') as ReturnType<Strapi['plugin']> | undefined;
  const extension = graphql?.service<{ shadowCRUD(uid: string): { disable(): void } }>('extension');
  for (const uid of [IDENTITY, LOCK, ONE_TIME_CODE]) extension?.shadowCRUD(uid).disable();
}
