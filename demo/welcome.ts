import type { RunningDemo } from './main';

/** Where the plugin's page is in the admin panel. */
export const ADMIN_PAGE = '/admin/settings/users-permissions/aws-cognito';

/** What is where, and what to try. */
export function welcome(demo: RunningDemo): string {
  const admin = demo.adminPanel
    ? `  Strapi's admin    ${demo.strapi}/admin
                    ${demo.admin.email}
                    ${demo.admin.password}`
    : `  Strapi            ${demo.strapi}`;
  return `
The demo is ready.

  Front-end         ${demo.front}   <- start here
${admin}
  User pool         ${demo.pool.host}${demo.pool.standIn ? '   (a stand-in; nobody needs a password)' : ''}
${demo.pool.standIn ? '' : register(demo)}
Try
${tries(demo)
  .map((line) => `  - ${line}`)
  .join('\n')}

Ctrl-C ends it.
`;
}

function register({ urls }: RunningDemo): string {
  return `
The app client in Cognito has to know these, byte by byte:

  Allowed callback URL   ${urls.callback}
  Allowed sign-out URL   ${urls.signOut}
`;
}

function tries({ pool, adminPanel, strapi }: RunningDemo): string[] {
  return [
    ...(pool.standIn
      ? [
          'Take the tour on the front-end: as whom to log in, and what is to be seen then.',
          'Press Cancel on the sign-in page.',
        ]
      : ['Log in as somebody of your pool, and see what Strapi says to them.']),
    ...(adminPanel
      ? [
          'Admin: Settings > AWS Cognito has the connection, checks it, and lists every login.',
          `Admin: ${strapi}${ADMIN_PAGE}`,
        ]
      : []),
  ];
}
