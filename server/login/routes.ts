/**
 * No permission is needed beyond being logged in, which the handlers check. Frozen, because Strapi
 * would otherwise write the permission of the handler into an empty scope.
 */
const authenticatedOnly = { prefix: '', auth: { scope: Object.freeze([]) } } as const;

/** Beside the routes of users-permissions, which the plugin serves for `cognito`. */
export const loginRoutes = [
  {
    method: 'GET',
    path: '/auth/cognito/logout',
    handler: 'login.logout',
    config: { prefix: '', auth: false },
  },
  {
    method: 'GET',
    path: '/auth/cognito/link',
    handler: 'login.linkStatus',
    config: authenticatedOnly,
  },
  { method: 'POST', path: '/auth/cognito/link', handler: 'login.link', config: authenticatedOnly },
  {
    method: 'DELETE',
    path: '/auth/cognito/link',
    handler: 'login.unlink',
    config: authenticatedOnly,
  },
] as const;

/** Under `/api/cognito`, for Strapi API tokens. */
export const monitoringRoutes = [
  { method: 'GET', path: '/diagnostics', handler: 'diagnostics.find', config: {} },
];
