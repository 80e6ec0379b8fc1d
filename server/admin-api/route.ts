import type { Action } from '../admin-contract';

/** A route of the admin API, under `/cognito`, for admins whose role has the permission. */
export function adminRoute(
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
