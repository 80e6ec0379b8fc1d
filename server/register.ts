import { indexUsers } from './accounts/user-lookup';
import { createBearerStrategy } from './bearer/strategy';
import { redactLog } from './login/redact-log';
import { findSiteReplacements } from './login/under-site';
import { extendUsersPermissions } from './login/users-permissions';
import { strapiVersion } from './strapi-version';
import { IDENTITY, LEASE, LOGIN_RECORD, ONE_TIME_CODE, type Strapi } from './strapi';

/** Extends users-permissions, before Strapi creates routes and tables. */
export function register({ strapi }: { strapi: Strapi }): void {
  redactLog(strapi);
  for (const found of findSiteReplacements(strapi)) strapi.log.warn(`[cognito] ${found}`);
  extendUsersPermissions(strapi);
  strapiVersion
    .registry<{ register(type: string, strategy: object): unknown }>(strapi, 'auth')
    .register('content-api', createBearerStrategy(strapi));
  indexUsers(strapi);
  hideFromGraphql(strapi);
}

/** The GraphQL plugin would create types for every table. */
function hideFromGraphql(strapi: Strapi): void {
  const graphql = strapi.plugin('graphql') as ReturnType<Strapi['plugin']> | undefined;
  const extension = graphql?.service<{ shadowCRUD(uid: string): { disable(): void } }>('extension');
  for (const uid of [IDENTITY, LEASE, LOGIN_RECORD, ONE_TIME_CODE])
    extension?.shadowCRUD(uid).disable();
}
