import { adminRoute } from './route';

const diagnostics = [
  adminRoute('GET', '/diagnostics', 'admin-diagnostics.find', 'plugin::cognito.settings.read'),
  adminRoute(
    'GET',
    '/diagnostics/:id',
    'admin-diagnostics.findOne',
    'plugin::cognito.settings.read',
  ),
];

/** What the plugin's page in the admin panel calls, as `contract.d.ts` has it. */
export const adminRoutes = [...diagnostics];
