import {
  warnAboutLinking,
  warnAboutMappings,
  warnAboutMissingFields,
} from './accounts/boot-warnings';
import { deleteOrphanedIdentities } from './accounts/identities';
import { indexUsers } from './accounts/user-lookup';
import { registerPermissions } from './admin-api/routes';
import { BearerStrategy } from './bearer/strategy';
import { answerRefusals } from './login/attempt';
import { loginRecords } from './login/login-records';
import { redactLog } from './login/redact-log';
import { watchSessions } from './login/sessions';
import { extendUsersPermissions } from './login/users-permissions/above-site';
import { watchSettings, settingsService } from './settings/service';
import { IDENTITY, LEASE, LOGIN_RECORD, ONE_TIME_CODE, type Strapi, onSync } from './strapi';
import * as strapiVersion from './strapi-version';

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

const SWEEP_EVERY_MS = 60_000;
const FLUSH_EVERY_MS = 1_000;

let timers: NodeJS.Timeout[] = [];

/** Prepares logins, once Strapi's database is available. */
export async function bootstrap({ strapi }: { strapi: Strapi }): Promise<void> {
  const settings = settingsService(strapi);
  watchSettings(strapi, settings);
  deleteOrphanedIdentities(strapi);
  watchSessions(strapi);
  await registerPermissions(strapi);
  const now = await settings.current();
  await warnAboutMappings(strapi, now);
  if (now.handoff.mode === 'tokens') {
    strapi.log.warn(
      "[cognito] handoff.mode is 'tokens': the front-end's URL contains Cognito's tokens, which end up in browser " +
        'histories and logs. Change the front-end, then set it to "code".',
    );
  }
  warnAboutMissingFields(strapi);
  await warnAboutLinking(strapi, now);
  await sweep(strapi);
  const records = loginRecords(strapi);
  timers = [
    setInterval(() => sweep(strapi), SWEEP_EVERY_MS).unref(),
    setInterval(() => records.flush(), FLUSH_EVERY_MS).unref(),
  ];
}

/** Deletes expired one-time codes, and the leases of processes that have died. */
export async function sweep(strapi: Strapi): Promise<void> {
  const where = { expiresAt: { $lte: Date.now() } };
  try {
    for (const uid of [ONE_TIME_CODE, LEASE]) await strapi.db.query(uid).deleteMany({ where });
  } catch (error) {
    strapi.log.warn(`[cognito] could not delete expired rows: ${String(error)}`);
  }
}

/** Stops, while Strapi's database is still available. Some of Strapi's commands end before it is opened. */
export async function destroy({ strapi }: { strapi: Strapi }): Promise<void> {
  if (timers.length === 0) return;
  for (const timer of timers.splice(0)) clearInterval(timer);
  await loginRecords(strapi).flush();
}
