// Compiled, never run: `npm run types` fails where one of these types lets through what it must not.
import type { CognitoConfig } from '../../server/settings/config';

export const right: CognitoConfig = {
  connection: { clientSecret: null, scope: ['openid'] },
  users: {
    linking: 'verified-email',
    resolveRole: (claims) => (claims['custom:staff'] === 'yes' ? 'editor' : undefined),
    mapProfile: (claims) => Promise.resolve({ firstName: claims.given_name }),
    beforeCreate: (user, claims) =>
      user.email.endsWith('@example.com') ? { tenant: claims['custom:tenant'] } : undefined,
  },
};

export const wrong: CognitoConfig[] = [
  // @ts-expect-error a setting that does not exist
  { connection: { domian: 'x' } },
  // @ts-expect-error a group that does not exist
  { conection: {} },
  // @ts-expect-error not one of the modes
  { users: { linking: 'always' } },
  // @ts-expect-error text in place of seconds
  { handoff: { ttl: '60' } },
  // @ts-expect-error one scope in place of a list
  { connection: { scope: 'openid' } },
  // @ts-expect-error a role is its type, not its id
  { users: { resolveRole: () => 1 } },
  {
    users: {
      beforeCreate: (user) => {
        // @ts-expect-error the user is only shown: what is to change is given back
        user.email = 'x';
        return undefined;
      },
    },
  },
];
