import type { Action } from '../admin-contract';

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

const settings = [
  adminRoute('GET', '/settings', 'admin-settings.read', 'plugin::cognito.settings.read'),
  adminRoute('PUT', '/settings', 'admin-settings.update', 'plugin::cognito.settings.update'),
  adminRoute(
    'PUT',
    '/connection',
    'admin-settings.updateConnection',
    'plugin::users-permissions.providers.update',
  ),
  adminRoute('DELETE', '/issuer', 'admin-settings.forgetIssuer', 'plugin::cognito.settings.update'),
];

const identities = [
  adminRoute('GET', '/identities', 'admin-identities.find', 'plugin::cognito.identities.read'),
  adminRoute(
    'DELETE',
    '/identities/:id',
    'admin-identities.unlink',
    'plugin::cognito.identities.unlink',
  ),
  adminRoute('GET', '/logins', 'admin-identities.logins', 'plugin::cognito.identities.read'),
  adminRoute('GET', '/logins/csv', 'admin-identities.csv', 'plugin::cognito.identities.read'),
];

const diagnostics = [
  adminRoute('GET', '/diagnostics', 'admin-diagnostics.find', 'plugin::cognito.settings.read'),
  adminRoute(
    'GET',
    '/diagnostics/:id',
    'admin-diagnostics.findOne',
    'plugin::cognito.settings.read',
  ),
];

/** What the plugin's page in the admin panel calls, as `admin-contract.d.ts` has it. */
export const adminRoutes = [...settings, ...diagnostics, ...identities];

/** Under `/api/cognito`, for Strapi API tokens. */
export const monitoringRoutes = [
  { method: 'GET', path: '/diagnostics', handler: 'diagnostics.find', config: {} },
];
