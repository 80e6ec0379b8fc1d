import { checkMappings } from './accounts/check-mappings';
import { watchDeletedUsers } from './accounts/identities';
import { prepareLocks } from './locks';
import { prepareUserIndexes } from './accounts/user-indexes';
import { registerPermissions } from './admin-api/permissions';
import { hideQueries } from './login/hidden-query';
import { watchSettings } from './settings/service';
import { type Strapi, service } from './strapi';

const SWEEP_EVERY_MS = 60_000;
const FLUSH_EVERY_MS = 1_000;

let timers: NodeJS.Timeout[] = [];

/** Strapi's database is there: make ready what a login needs. */
export async function bootstrap({ strapi }: { strapi: Strapi }): Promise<void> {
  const settings = service(strapi, 'settings');
  hideQueries(strapi);
  watchSettings(strapi, settings);
  watchDeletedUsers(strapi);
  await registerPermissions(strapi);
  const now = await settings.current();
  await checkMappings(strapi, now);
  if (now.handoff.mode === 'tokens') {
    strapi.log.warn(
      "[cognito] handoff.mode is 'tokens': Cognito's tokens are put into the front-end's URL, and so " +
        'into histories and logs. Change the front-end, then set it to "code".',
    );
  }
  await prepareLocks(strapi);
  await prepareUserIndexes(strapi);
  const codes = service(strapi, 'one-time-codes');
  const sweep = () =>
    codes.sweep().catch((error: unknown) => {
      strapi.log.warn(`[cognito] expired one-time codes are still there: ${String(error)}`);
    });
  await sweep();
  const records = service(strapi, 'login-records');
  timers = [
    setInterval(sweep, SWEEP_EVERY_MS).unref(),
    setInterval(() => records.flush(), FLUSH_EVERY_MS).unref(),
  ];
}

/** Strapi stops; its database is still there. */
export async function destroy({ strapi }: { strapi: Strapi }): Promise<void> {
  for (const timer of timers) clearInterval(timer);
  await service(strapi, 'login-records').flush();
}
