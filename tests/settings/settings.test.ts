import {
  type Settings,
  effectiveSettings,
  requireConnection,
} from '../../server/settings/settings';

const messages = ({ problems }: Settings) => problems.map(({ message }) => message);

const ROW = {
  enabled: true,
  key: 'client',
  secret: 'from the page',
  subdomain: 'shop.auth.eu-west-1.amazoncognito.com',
  callback: 'https://www.example.com/redirect',
};
const POOL = 'eu-west-1_AbCdEfGhI';

test('the five fields of the page are enough', () => {
  const settings = effectiveSettings({}, ROW, {});
  expect(settings.problems).toEqual([]);
  expect(requireConnection(settings)).toEqual({
    host: {
      origin: 'https://shop.auth.eu-west-1.amazoncognito.com',
      region: 'eu-west-1',
      loopback: false,
    },
    clientId: 'client',
    clientSecret: 'from the page',
    scope: ['openid', 'email', 'profile'],
    parameters: {},
    detected: false,
  });
});

test('has the defaults of the contract', () => {
  const { handoff, tokens, users, logout, bearer, http } = effectiveSettings({}, ROW, {});
  expect({ handoff, tokens, users, logout, bearer, http }).toEqual({
    handoff: { mode: 'code', ttl: 60 },
    tokens: {
      clockTolerance: 5,
      exchange: true,
      additionalClientIds: [],
      redirectUris: [],
      additionalIssuers: [],
    },
    users: {
      requireVerifiedEmail: true,
      linking: 'explicit',
      username: ['preferred_username', 'cognito:username'],
      attributes: [],
      roles: [],
      requiredGroups: [],
      syncOnLogin: true,
      linkMaxAge: 600,
    },
    logout: { redirects: ['https://www.example.com'] },
    bearer: { enabled: false, provision: false },
    http: { timeout: 5000 },
  });
});

test('the config overrides the page, setting by setting, and replaces lists', () => {
  const config = {
    connection: { clientSecret: 'from the config', scope: ['openid'] },
    handoff: { ttl: undefined },
    users: { username: ['email'] },
  };
  const settings = effectiveSettings(config, ROW, {});
  expect(settings.connection).toMatchObject({
    clientId: 'client',
    clientSecret: 'from the config',
    scope: ['openid'],
  });
  expect(settings.users.username).toEqual(['email']);
  expect(settings.handoff.ttl).toBe(60);
});

test('null makes the client public although the page has a secret', () => {
  const settings = effectiveSettings({ connection: { clientSecret: null } }, ROW, {});
  expect(requireConnection(settings).clientSecret).toBeUndefined();
});

describe('the issuer', () => {
  const getIssuer = (...args: Parameters<typeof effectiveSettings>) =>
    effectiveSettings(...args).connection?.issuer;
  const pool = `https://cognito-idp.eu-west-1.amazonaws.com/${POOL}`;

  test('comes from the pool id; a JWKS URL of the config beside it only changes the keys', () => {
    const jwksUrl = 'https://keys.example.com/jwks.json';
    const issuer = getIssuer({ connection: { userPoolId: POOL, jwksUrl } }, ROW, {});
    expect(issuer).toMatchObject({ canonical: pool, jwksUrl });
  });

  test('comes from the pool id of the config before the JWKS URL of the page', () => {
    const row = { ...ROW, jwksurl: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Old' };
    expect(getIssuer({ connection: { userPoolId: POOL } }, row, {})?.canonical).toBe(pool);
  });

  test('comes from the JWKS URL of the page', () => {
    const jwksurl = `${pool}/.well-known/jwks.json`;
    expect(getIssuer({}, { ...ROW, jwksurl }, {})?.accepted).toHaveLength(2);
  });

  test('may have more names, if it is known', () => {
    const replica = `https://cognito-idp.us-west-2.amazonaws.com/${POOL}`;
    const tokens = { additionalIssuers: [replica] };
    const known = getIssuer({ connection: { userPoolId: POOL }, tokens }, ROW, {});
    expect(known).toMatchObject({ canonical: pool, jwksUrl: `${pool}/.well-known/jwks.json` });
    expect(known?.accepted).toEqual([pool, expect.stringContaining('issuer-'), replica]);
    const learned = { 'https://shop.auth.eu-west-1.amazoncognito.com': pool };
    expect(getIssuer({ tokens }, ROW, learned)?.accepted).toHaveLength(3);
    expect(getIssuer({ tokens }, ROW, {})).toBeUndefined();
  });

  test('is the one detected at this Host URI, and at no other', () => {
    const learned = { 'https://shop.auth.eu-west-1.amazoncognito.com': pool };
    expect(getIssuer({}, ROW, learned)?.canonical).toBe(pool);
    const moved = { ...ROW, subdomain: 'login.example.com' };
    expect(getIssuer({}, moved, learned)).toBeUndefined();
  });
});

describe('says what is missing or wrong', () => {
  test.each([
    ['Client ID', { key: '' }],
    ['Host URI', { subdomain: '' }],
    ['Host URI', { subdomain: 'my.subdomain.com' }],
    ['Host URI', { subdomain: 'https//shop.example.com' }],
    ['JWKS URL', { jwksurl: 'nonsense' }],
    ['redirect URL', { callback: undefined }],
    ['redirect URL', { callback: 'javascript:alert(1)' }],
    ['redirect URL', { callback: 'https://' }],
    ['redirect URL', { callback: 'http://exa mple.com/cb' }],
    ['redirect URL', { callback: 'https://www.example.com:99999/' }],
    ['redirect URL', { callback: 'https://www.example.com/?access_token=x' }],
  ])('%s: %p', (words, fields) => {
    const settings = effectiveSettings({}, { ...ROW, ...fields }, {});
    expect(messages(settings)).toEqual([expect.stringContaining(words)]);
  });

  test('a login requires an enabled provider and a complete connection', () => {
    const off = effectiveSettings({}, { ...ROW, enabled: false }, {});
    expect(() => requireConnection(off)).toThrow(
      expect.objectContaining({ code: 'provider_disabled', status: 400 }) as Error,
    );
    const incomplete = effectiveSettings({}, { ...ROW, key: '' }, {});
    expect(() => requireConnection(incomplete)).toThrow(
      expect.objectContaining({ code: 'not_configured', status: 503 }) as Error,
    );
  });
});

describe('a client secret of the config', () => {
  const custom = { ...ROW, subdomain: 'login.example.com' };
  const config = { connection: { clientSecret: 'from the config' } };

  test('is not sent to a custom domain from the page', () => {
    const settings = effectiveSettings(config, custom, {});
    expect(settings.connection).toBeUndefined();
    expect(messages(settings)).toEqual([expect.stringContaining('set connection.domain')]);
  });

  test.each([
    ['a prefix domain of the page', config, ROW],
    [
      'a custom domain of the config',
      { connection: { ...config.connection, domain: 'login.example.com' } },
      ROW,
    ],
    [
      'a custom domain of the page with a public client',
      { connection: { clientSecret: null } },
      custom,
    ],
    ['a custom domain of the page with a secret of the page', {}, custom],
  ])('goes to %s', (_, given, row) => {
    expect(effectiveSettings(given, row, {}).problems).toEqual([]);
  });
});

describe('loopback addresses', () => {
  const standIn = { ...ROW, subdomain: 'http://localhost:4000' };
  const ofPage = { connection: {} };
  const ofConfig = { connection: { clientSecret: 'from the config' } };
  const allOfConfig = { connection: { ...ofConfig.connection, domain: standIn.subdomain } };
  const [here, production] = [
    { onLoopback: true, production: false },
    { onLoopback: true, production: true },
  ];
  const published = { onLoopback: false, production: true };

  test.each([
    ['a secret of the page is sent to it', ofPage, here, []],
    ['a secret of the page, also in production', ofPage, production, []],
    ['a secret of the config is sent to it', ofConfig, here, []],
    ['a secret of the config, but not in production', ofConfig, production, ['connection.domain']],
    ['if the config names it, also in production', allOfConfig, production, []],
    ['if Strapi is not on loopback', ofPage, published, ['is on this computer']],
    ['there not even from the config', allOfConfig, published, ['is on this computer']],
  ])('is a Host URI on loopback: %s', (_, config, deployment, problems) => {
    for (const subdomain of [standIn.subdomain, 'https://127.0.0.1:4000', 'http://[::1]:4000']) {
      const domain = 'domain' in config.connection ? { domain: subdomain } : {};
      const given = { connection: { ...config.connection, ...domain } };
      const settings = effectiveSettings(given, { ...ROW, subdomain }, {}, { deployment });
      const expected = problems.map((words) => expect.stringContaining(words) as string);
      expect(messages(settings)).toEqual(expected);
      expect(settings.connection === undefined).toBe(problems.length > 0);
    }
  });

  test.each([
    ['the page', {}, { jwksurl: 'http://127.0.0.1:22/.well-known/jwks.json' }],
    [
      'the config',
      { connection: { userPoolId: POOL, jwksUrl: 'https://localhost/.well-known/jwks.json' } },
      {},
    ],
  ])('is a JWKS URL of %s on loopback', (_, config, fields) => {
    const row = { ...ROW, ...fields };
    const at = (deployment?: typeof here) => effectiveSettings(config, row, {}, { deployment });
    expect(at(here).problems).toEqual([]);
    expect(messages(at(published))).toEqual([expect.stringContaining('JWKS URL is on this')]);
    expect(at(published).connection).toBeUndefined();
    expect(at().connection).toBeUndefined();
  });
});

test('a saved value that is not JSON blocks logins, because Strapi reads it as a date', () => {
  const saved = new Date('{"requiredGroups":["staff"]}');
  const { connection, problems } = effectiveSettings({}, ROW, {}, { saved });
  expect(connection).toBeUndefined();
  expect(problems).toHaveLength(1);
});
