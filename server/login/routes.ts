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
] as const;
