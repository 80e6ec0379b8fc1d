import { adminRoute } from './route';

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
