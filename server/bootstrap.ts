import {
  warnAboutLinking,
  warnAboutMappings,
  warnAboutMissingFields,
} from './accounts/boot-warnings';
import { deleteOrphanedIdentities } from './accounts/identities';
import { registerPermissions } from './admin-api/permissions';
import { watchSettings, settingsService } from './settings/service';
import { loginRecords } from './login/login-records';
import { watchSessions } from './login/sessions';
import { LEASE, ONE_TIME_CODE, type Strapi } from './strapi';

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
      "[cognito] handoff.mode is 'tokens': Cognito's tokens are put into the front-end's URL, and so " +
        'into browser histories and logs. Change the front-end, then set it to "code".',
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
