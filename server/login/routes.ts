/**
 * No permission is needed beyond being logged in, which the handlers check. Frozen, as Strapi would
 * else write the permission of the handler into a scope that is empty.
 */
const forTheLoggedIn = { prefix: '', auth: { scope: Object.freeze([]) } } as const;

/** Beside the routes of users-permissions, which the plugin serves for `cognito`. */
export const loginRoutes = [
  {
    method: 'POST',
    path: '/auth/cognito/callback',
    handler: 'login.exchange',
    config: {
      prefix: '',
      // Whoever may log in by the address of users-permissions may log in by this one.
      auth: { scope: ['plugin::users-permissions.auth.callback'] },
    },
  },
  {
    method: 'GET',
    path: '/auth/cognito/logout',
    handler: 'login.logout',
    config: { prefix: '', auth: false },
  },
  { method: 'POST', path: '/auth/cognito/link', handler: 'login.link', config: forTheLoggedIn },
  { method: 'DELETE', path: '/auth/cognito/link', handler: 'login.unlink', config: forTheLoggedIn },
] as const;
