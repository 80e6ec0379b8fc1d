import { indexUsers } from './accounts/user-indexes';
import { indexRoleLinks } from './accounts/role-links';
import { createBearerStrategy } from './bearer/strategy';
import { extendUsersPermissions } from './login/users-permissions';
import { type Strapi, IDENTITY, LOCK, LOGIN_RECORD, ONE_TIME_CODE } from './strapi';

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

/** GraphQL would make types of every table. */
function hideFromGraphql(strapi: Strapi): void {
  const graphql = strapi.plugin('graphql') as ReturnType<Strapi['plugin']> | undefined;
  const extension = graphql?.service<{ shadowCRUD(uid: string): { disable(): void } }>('extension');
  for (const uid of [IDENTITY, LOCK, LOGIN_RECORD, ONE_TIME_CODE])
    extension?.shadowCRUD(uid).disable();
}
