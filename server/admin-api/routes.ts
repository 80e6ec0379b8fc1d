import type { Action } from '../admin-contract';
import type { Strapi } from '../strapi';

/** A route of the admin API, under `/cognito`, for admins whose role has the permission. */
function adminRoute(
  method: 'GET' | 'PUT' | 'DELETE',
  path: string,
  handler: string,
  permission: Action | 'plugin::users-permissions.providers.update',
) {
  return {
    method,
    path,
    handler,
    config: {
      policies: [
        'admin::isAuthenticatedAdmin',
        { name: 'admin::hasPermissions', config: { actions: [permission] } },
      ],
    },
  };
}

const READ = 'plugin::cognito.settings.read';
const EDIT = 'plugin::cognito.settings.update';
const EDIT_PROVIDERS = 'plugin::users-permissions.providers.update';
const READ_LOGINS = 'plugin::cognito.identities.read';
const UNLINK = 'plugin::cognito.identities.unlink';

/** The routes that the plugin's page in the admin panel calls. Their types are in `admin-contract.d.ts`. */
export const adminRoutes = [
  adminRoute('GET', '/settings', 'admin-settings.read', READ),
  adminRoute('PUT', '/settings', 'admin-settings.update', EDIT),
  adminRoute('PUT', '/connection', 'admin-settings.updateConnection', EDIT_PROVIDERS),
  adminRoute('DELETE', '/issuer', 'admin-settings.forgetIssuer', EDIT),
  adminRoute('GET', '/diagnostics', 'admin-diagnostics.find', READ),
  adminRoute('GET', '/diagnostics/:id', 'admin-diagnostics.findOne', READ),
  adminRoute('GET', '/identities', 'admin-identities.find', READ_LOGINS),
  adminRoute('DELETE', '/identities/:id', 'admin-identities.unlink', UNLINK),
  adminRoute('GET', '/logins', 'admin-identities.logins', READ_LOGINS),
  adminRoute('GET', '/logins/csv', 'admin-identities.csv', READ_LOGINS),
];

/** Under `/api/cognito`, for Strapi API tokens. */
export const monitoringRoutes = [
  { method: 'GET', path: '/diagnostics', handler: 'diagnostics.find', config: {} },
];

const displayNames: Readonly<Record<Action, string>> = {
  'plugin::cognito.settings.read': 'Read',
  'plugin::cognito.settings.update': 'Edit',
  'plugin::cognito.identities.read': 'Read',
  'plugin::cognito.identities.unlink': 'Unlink',
};

/** Registers the plugin's permissions. Super admins have them; others get them on the roles page. */
export async function registerPermissions(strapi: Strapi): Promise<void> {
  const { permission } = strapi.admin.services as unknown as {
    permission: { actionProvider: { registerMany(actions: readonly object[]): Promise<unknown> } };
  };
  const actions = Object.entries(displayNames).map(([id, displayName]) => {
    const uid = id.slice('plugin::cognito.'.length);
    const [subCategory] = uid.split('.');
    return { section: 'plugins', pluginName: 'cognito', subCategory, displayName, uid };
  });
  await permission.actionProvider.registerMany(actions);
}
