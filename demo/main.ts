import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountSettings, SettingsView } from '../server/admin-contract';
import { AdminApi, AdminApiError } from './admin-api';
import { checkLogin } from './check';
import { startFront } from './front/server';
import { parseOptions, usage, WrongOption, type Options } from './options';
import { claimPorts } from './ports';
import { loadSecrets } from './secrets';
import { Shutdown } from './shutdown';
import { appFolder, startStrapi } from './strapi';
import { readPoolSettings, startStandIn, type PoolUrls, type UserPool } from './user-pool';
import { ADMIN_PAGE, welcome } from './welcome';

/** What the welcome message shows. */
export interface RunningDemo {
  front: string;
  strapi: string;
  pool: UserPool;
  urls: PoolUrls;
  adminPanel: boolean;
  admin: { email: string; password: string };
  /** Rejects when Strapi crashes. */
  broken: Promise<never>;
}

const adminEmail = 'admin@demo.local';

/**
 * Runs the demo until it is interrupted.
 * @returns the exit code.
 */
export async function run(options: Options): Promise<number> {
  const shutdown = new Shutdown();
  try {
    return (
      (await Promise.race([
        runUntilBroken(options, shutdown),
        waitForInterrupt(options, shutdown),
      ])) ?? 0
    );
  } catch (error) {
    console.error(`\n${(error as Error).message}`);
    return 1;
  } finally {
    await shutdown.stopAll();
  }
}

async function runUntilBroken(options: Options, shutdown: Shutdown): Promise<void> {
  const demo = await start(options, shutdown);
  if (options.check) return check(demo);
  console.log(welcome(demo));
  process.send?.({ front: demo.front, strapi: demo.strapi, pool: demo.pool.host });
  await demo.broken;
}

async function waitForInterrupt(options: Options, shutdown: Shutdown): Promise<number> {
  await shutdown.requested;
  console.error('Stopping …');
  // An interrupted check has not passed.
  return options.check ? 1 : 0;
}

async function start(options: Options, shutdown: Shutdown): Promise<RunningDemo> {
  const ports = await claimPorts(options.ports, options.servers);
  const url = `http://localhost:${ports.strapi}`;
  const frontUrl = `http://localhost:${ports.front}`;
  const urls = { callback: `${url}/api/connect/cognito/callback`, signOut: frontUrl };

  const pool = options.realPool
    ? readPoolSettings(process.env)
    : await startStandIn(ports.pool, urls);
  shutdown.later(() => pool.standIn?.stop());

  const adminPage = options.adminPanel ? url + ADMIN_PAGE : '';
  const front = await startFront(ports.front, url, pool.standIn !== undefined, adminPage);
  shutdown.later(() => front.stop());

  const folder = dataFolder(options, pool, shutdown);
  const secrets = loadSecrets(folder);
  console.error('Starting Strapi (a few seconds) …');
  const { adminPanel } = options;
  const strapi = startStrapi({
    major: options.strapi,
    port: ports.strapi,
    folder,
    secrets,
    adminPanel,
  });
  shutdown.later(() => strapi.stop());
  await strapi.ready;

  const admin = { email: adminEmail, password: secrets.adminPassword };
  await fillProvidersPage(url, admin, pool, frontUrl);
  return { front: frontUrl, strapi: url, pool, urls, adminPanel, admin, broken: strapi.crashed };
}

/** Each pool has its own database, because the users of another pool do not match its users. */
function dataFolder(options: Options, pool: UserPool, shutdown: Shutdown): string {
  if (options.temporary) {
    const folder = mkdtempSync(join(tmpdir(), 'cognito-demo-'));
    shutdown.later(() => rmSync(folder, { recursive: true }));
    return folder;
  }
  const data = join(appFolder(options.strapi), '.tmp');
  if (options.fresh) rmSync(data, { recursive: true, force: true });
  const folder = join(data, pool.host.replace(/^https?:\/\//, '').replace(/[^\w.-]/g, '-'));
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function fillProvidersPage(
  url: string,
  { email, password }: RunningDemo['admin'],
  pool: UserPool,
  front: string,
): Promise<void> {
  const admin = new AdminApi(url);
  try {
    await admin.logIn(email, password);
  } catch (error) {
    if (!(error instanceof AdminApiError) || error.status !== 400) throw error;
    throw new Error(
      `${email} cannot log in to Strapi's admin panel with the demo's password. ` +
        'Start again with: npm run demo -- --fresh',
      { cause: error },
    );
  }
  await admin.saveProvider('cognito', {
    enabled: true,
    key: pool.clientId,
    secret: pool.clientSecret,
    subdomain: pool.host,
    callback: `${front}/connect/cognito/redirect`,
  });
  if (pool.standIn) await mapGroups(admin);
}

/** Maps a group of the stand-in to a role for the tour, unless an admin has saved roles. */
async function mapGroups(admin: AdminApi): Promise<void> {
  const { accounts } = await admin.call<SettingsView>('GET', '/cognito/settings');
  if (accounts.roles.source !== 'default') return;
  const roles: AccountSettings['roles'] = [{ group: 'editors', role: 'editor' }];
  await admin.call('PUT', '/cognito/settings', { roles });
}

async function check({ front, strapi, pool }: RunningDemo): Promise<void> {
  if (!pool.standIn) throw new Error('--check only works with the stand-in.');
  console.error('Logging in …');
  const user = await checkLogin({ front, strapi, pool: pool.standIn });
  console.log(JSON.stringify(user, null, 2));
}

/** The command line. */
export function main(): void {
  try {
    const options = parseOptions(process.argv.slice(2), process.env);
    if (options.help) console.log(usage);
    else void run(options).then((code) => process.exit(code));
  } catch (error) {
    if (!(error instanceof WrongOption)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

if (require.main === module) main();
