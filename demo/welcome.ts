import type { RunningDemo } from './main';

/** Where the plugin's page is in the admin panel. */
export const ADMIN_PAGE = '/admin/settings/users-permissions/aws-cognito';

/** Lists the demo's URLs, and what to try. */
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
  User pool         ${demo.pool.host}${demo.pool.standIn ? '   (a stand-in; you need no password)' : ''}
${demo.pool.standIn ? '' : callbackHelp(demo)}
Try
${suggestions(demo)
  .map((line) => `  - ${line}`)
  .join('\n')}

Press Ctrl-C to stop it.
`;
}

function callbackHelp({ urls }: RunningDemo): string {
  return `
Register exactly these URLs at the app client in Cognito:

  Allowed callback URL   ${urls.callback}
  Allowed sign-out URL   ${urls.signOut}
`;
}

function suggestions({ pool, adminPanel, strapi }: RunningDemo): string[] {
  return [
    ...(pool.standIn
      ? [
          'Take the tour on the front-end: it says who to log in as, and what you will see.',
          'Press Cancel on the sign-in page.',
        ]
      : ['Log in as a user of your pool, and see what Strapi returns.']),
    ...(adminPanel
      ? [
          'Admin: Settings > AWS Cognito shows and checks the connection, and lists every login.',
          `Admin: ${strapi}${ADMIN_PAGE}`,
        ]
      : []),
  ];
}
