import { indexUsers } from './accounts/user-lookup';
import { BearerStrategy } from './bearer/strategy';
import { answerRefusals } from './login/attempt';
import { redactLog } from './login/redact-log';
import { extendUsersPermissions } from './login/users-permissions/above-site';
import * as strapiVersion from './strapi-version';
import { IDENTITY, LEASE, LOGIN_RECORD, ONE_TIME_CODE, type Strapi, onSync } from './strapi';

/** Prepares tables and routes, before Strapi creates them. */
export function register({ strapi }: { strapi: Strapi }): void {
  redactLog(strapi);
  strapi.server.api('content-api').use(answerRefusals);
  // Factories of the site may use the database, and its own `register` may replace something.
  onSync(strapi, 'afterSync', () => extendUsersPermissions(strapi));
  strapiVersion
    .registry<{ register(type: string, strategy: object): unknown }>(strapi, 'auth')
    .register('content-api', new BearerStrategy(strapi));
  onSync(strapi, 'beforeSync', () => indexUsers(strapi));
  hideFromGraphql(strapi);
}

/** The GraphQL plugin would create types for every table. */
function hideFromGraphql(strapi: Strapi): void {
  const graphql = strapi.plugin('graphql') as ReturnType<Strapi['plugin']> | undefined;
  const extension = graphql?.service<{ shadowCRUD(uid: string): { disable(): void } }>('extension');
  for (const uid of [IDENTITY, LEASE, LOGIN_RECORD, ONE_TIME_CODE])
    extension?.shadowCRUD(uid).disable();
}
