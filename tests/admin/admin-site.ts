import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminApi } from '../../demo/admin-api';
import { startFront } from '../../demo/front/server';
import { claimPorts } from '../../demo/ports';
import { loadSecrets } from '../../demo/secrets';
import { startStrapi } from '../../demo/strapi';
import { startStandIn } from '../../demo/user-pool';
import type { Pool } from '../support/pool';
import { strapiMajor } from '../support/strapi';
import { stopAtEnd } from '../support/stop-at-end';

/** The demo's three servers, with the pool in this process, so that tests can add faults. */
export interface AdminSite {
  readonly front: string;
  readonly strapi: string;
  readonly pool: Pool;
  readonly admin: { readonly email: string; readonly password: string };
  /** The API calls of the super admin. */
  readonly api: AdminApi;
}

/**
 * Starts the demo with its admin panel, and with the provider disabled as in a new Strapi. `npm test` builds the panel
 * into `demo/app/build`. All of it is stopped after the tests of the file.
 *
 * @param config the settings in `config/plugins`.
 */
export async function startAdminSite(config: object = {}): Promise<AdminSite> {
  const ports = await claimPorts({ strapi: 0, front: 0, pool: 0 }, ['strapi', 'front', 'pool']);
  const url = `http://localhost:${ports.strapi}`;
  const frontUrl = `http://localhost:${ports.front}`;
  const callback = `${url}/api/connect/cognito/callback`;
  const { standIn } = await startStandIn(ports.pool, { callback, signOut: frontUrl });
  if (!standIn) throw new Error('The demo started no stand-in.');
  const front = await startFront(ports.front, url, false);
  stopAtEnd(() => front.stop());
  const folder = mkdtempSync(join(tmpdir(), 'cognito-admin-'));
  stopAtEnd(() => rmSync(folder, { recursive: true }));
  const secrets = loadSecrets(folder);
  // Its log goes to the terminal of the tests, and refused logins are expected there.
  Object.assign(process.env, { COGNITO_CONFIG: JSON.stringify(config), LOG_LEVEL: 'error' });
  const strapi = startStrapi({
    major: strapiMajor,
    port: ports.strapi,
    folder,
    secrets,
    adminPanel: true,
  });
  stopAtEnd(() => strapi.stop());
  await strapi.ready;
  const admin = { email: 'ada.admin@example.com', password: secrets.adminPassword };
  const api = new AdminApi(url);
  await api.logIn(admin.email, admin.password);
  return { front: frontUrl, strapi: url, pool: standIn, admin, api };
}

/** Creates another administrator, whose role only has these permissions. */
export async function addAdministrator(
  { api }: AdminSite,
  name: string,
  actions: readonly string[],
): Promise<{ email: string; password: string }> {
  const role = await api.call<{ id: number }>('POST', '/admin/roles', { name, description: name });
  const permissions = actions.map((action) => ({ action, subject: null, properties: {} }));
  await api.call('PUT', `/admin/roles/${role.id}/permissions`, { permissions });
  const account = { email: `${name}@example.com`, password: 'Administrator-1' };
  const user = await api.call<{ id: number; registrationToken: string }>('POST', '/admin/users', {
    firstname: name,
    lastname: 'Admin',
    email: account.email,
    roles: [role.id],
  });
  await api.call('POST', '/admin/register', {
    registrationToken: user.registrationToken,
    userInfo: { firstname: name, lastname: 'Admin', password: account.password },
  });
  return account;
}
