import { checkConfig } from '../../server/settings/config';
import { configSchema } from '../../server/settings/schema';

const getMessage = (config: unknown): string => {
  try {
    checkConfig(config);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

test('accepts no settings, every setting, and variables that are not set', () => {
  const full = {
    connection: {
      domain: 'shop.auth.eu-west-1.amazoncognito.com',
      clientId: 'abc',
      clientSecret: 's3cret+',
      userPoolId: 'eu-west-1_AbCdEfGhI',
      jwksUrl: 'https://keys.example.com/jwks.json',
      callback: 'https://www.example.com/connect/cognito/redirect',
      scope: ['openid', 'email'],
    },
    handoff: { ttl: 30 },
    tokens: {
      clockTolerance: 0,
      exchange: false,
      additionalClientIds: ['mobile'],
      redirectUris: [
        'https://app.example.com/cb?x=1',
        'com.example.app:/login',
        'http://localhost/',
      ],
      additionalIssuers: [
        'https://cognito-idp.us-west-2.amazonaws.com/eu-west-1_AbCdEfGhI',
        'https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI',
      ],
    },
    users: {
      requireVerifiedEmail: false,
      linking: 'verified-email',
      linkMaxAge: 0,
      username: ['email'],
    },
    rateLimit: { enabled: true, failures: 300 },
    http: { timeout: 1000 },
  };
  for (const config of [{}, full, { connection: { clientSecret: undefined } }]) {
    expect(getMessage(config)).toBe('');
  }
});

test('null means a public client', () => {
  expect(getMessage({ connection: { clientSecret: null } })).toBe('');
});

test('null is not a value of any other setting', () => {
  for (const [group, schemas] of Object.entries(configSchema)) {
    for (const name of Object.keys(schemas).filter((each) => each !== 'clientSecret')) {
      expect(getMessage({ [group]: { [name]: null } })).toContain(
        `"${group}.${name}" is null; expected `,
      );
    }
  }
});

test.each([
  ['connection.domain', { connection: { domain: 'http://shop.example.com' } }],
  ['connection.clientId', { connection: { clientId: '' } }],
  ['connection.userPoolId', { connection: { userPoolId: 'AbCdEfGhI' } }],
  ['connection.jwksUrl', { connection: { jwksUrl: 'http://keys.example.com/x' } }],
  ['connection.jwksUrl', { connection: { jwksUrl: 'https://keys.example.com/x' } }],
  ['connection.callback', { connection: { callback: 'javascript:alert(1)' } }],
  ['connection.scope', { connection: { scope: ['email'] } }],
  ['connection.scope', { connection: { scope: 'openid' } }],
  ['handoff.ttl', { handoff: { ttl: '60' } }],
  ['handoff.ttl', { handoff: { ttl: 0 } }],
  ['tokens.clockTolerance', { tokens: { clockTolerance: -1 } }],
  ['tokens.exchange', { tokens: { exchange: 'yes' } }],
  ['tokens.additionalClientIds', { tokens: { additionalClientIds: [1] } }],
  ['tokens.redirectUris', { tokens: { redirectUris: 'https://app.example.com/cb' } }],
  ['tokens.redirectUris', { tokens: { redirectUris: ['/cb'] } }],
  ['tokens.redirectUris', { tokens: { redirectUris: ['https://app.example.com/#cb'] } }],
  ['tokens.redirectUris', { tokens: { redirectUris: [' https://app.example.com/cb'] } }],
  ['tokens.redirectUris', { tokens: { redirectUris: ['https://app.example.com/*', ''] } }],
  ['tokens.additionalIssuers', { tokens: { additionalIssuers: ['https://issuer.example.com'] } }],
  ['tokens.additionalIssuers', { tokens: { additionalIssuers: ['eu-west-1_AbCdEfGhI'] } }],
  [
    'tokens.additionalIssuers',
    { tokens: { additionalIssuers: ['http://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A'] } },
  ],
  [
    'tokens.additionalIssuers',
    {
      tokens: {
        additionalIssuers: ['https://cognito-idp.eu-west-1.amazonaws.com.evil.example/eu-west-1_A'],
      },
    },
  ],
  [
    'tokens.additionalIssuers',
    {
      connection: { userPoolId: 'us-east-1_Other' },
      tokens: { additionalIssuers: ['https://cognito-idp.us-west-2.amazonaws.com/us-east-1_Pool'] },
    },
  ],
  ['users.linkMaxAge', { users: { linkMaxAge: -1 } }],
  ['users.linkMaxAge', { users: { linkMaxAge: 86_401 } }],
  ['users.linkMaxAge', { users: { linkMaxAge: 0.5 } }],
  ['users.linkMaxAge', { users: { linkMaxAge: '600' } }],
  ['users.requireVerifiedEmail', { users: { requireVerifiedEmail: 1 } }],
  ['users.linking', { users: { linking: 'always' } }],
  ['users.username', { users: { username: [] } }],
  ['users.attributes', { users: { attributes: { given_name: 'role' } } }],
  ['users.attributes', { users: { attributes: { 'custom:x': 'apiToken' } } }],
  ['users.attributes', { users: { attributes: ['given_name'] } }],
  ['users.roles', { users: { roles: { admins: '' } } }],
  ['users.roles', { users: { roles: { 20: 'editor', 10: 'viewer' } } }],
  ['users.requiredGroups', { users: { requiredGroups: 'admins' } }],
  ['users.syncOnLogin', { users: { syncOnLogin: 'yes' } }],
  ['handoff.mode', { handoff: { mode: 'token' } }],
  ['logout.redirects', { logout: { redirects: ['javascript:alert(1)'] } }],
  ['logout.redirects', { logout: { redirects: [] } }],
  ['bearer.enabled', { bearer: { enabled: 1 } }],
  ['bearer.provision', { bearer: { provision: 1 } }],
  ['rateLimit.enabled', { rateLimit: { enabled: 'no' } }],
  ['rateLimit.failures', { rateLimit: { failures: 0 } }],
  ['http.timeout', { http: { timeout: 1.5 } }],
])('names %s, the value and what is expected', (key, config) => {
  const [group, name] = key.split('.') as [keyof typeof config, string];
  const given = (config[group] as Record<string, unknown>)[name];
  const message = getMessage(config);
  expect(message).toContain(`"${key}" is ${JSON.stringify(given)}; expected `);
  expect(message.split('expected ')[1]).not.toBe('');
});

test('names every mistake in one message', () => {
  const message = getMessage({ handoff: { ttl: -1 }, http: { timeout: 'x' } });
  expect(message).toContain('handoff.ttl');
  expect(message).toContain('http.timeout');
});

test.each(['resolveRole', 'mapProfile', 'beforeCreate'])('users.%s must be a function', (name) => {
  expect(getMessage({ users: { [name]: () => ({}) } })).toBe('');
  expect(getMessage({ users: { [name]: 'x' } })).toContain(
    `"users.${name}" is "x"; expected a function`,
  );
});

test('tokens for the front-end require the exchange', () => {
  const config = { handoff: { mode: 'tokens' }, tokens: { exchange: false } };
  expect(getMessage(config)).toContain('"tokens.exchange" is false; expected true');
});

test('never shows a secret', () => {
  const message = getMessage({ connection: { clientSecret: ['hunter2'] } });
  expect(message).toContain('"connection.clientSecret"');
  expect(message).not.toContain('hunter2');
});

test.each([
  [{ conection: {} }, '"conection" is not a setting'],
  [{ connection: { domian: 'x' } }, '"connection.domian" is not a setting'],
  [{ connection: { constructor: 'x' } }, '"connection.constructor" is not a setting'],
  [{ connection: 'x' }, '"connection" is of type string; expected an object'],
  [{ users: [] }, '"users" is of type array; expected an object'],
  [{ users: null }, '"users" is of type null; expected an object'],
  [{ users: new Map() }, '"users" is of type map; expected an object'],
  [{ connection: { clientSecret: [] } }, '"connection.clientSecret" is of type array; expected'],
  [{ http: { timeout: NaN } }, '"http.timeout" is NaN; expected'],
  ['x', 'expected an object'],
])('reports an unknown key, and a value of the wrong type: %p', (config, words) => {
  expect(getMessage(config)).toContain(words);
});
