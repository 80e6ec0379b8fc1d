import { readSaved } from '../../server/settings/schema';
import { type Settings, effectiveSettings } from '../../server/settings/settings';

const messages = ({ problems }: Settings) => problems.map(({ message }) => message);

const ROW = {
  enabled: true,
  key: 'client',
  secret: 'from the page',
  subdomain: 'shop.auth.eu-west-1.amazoncognito.com',
  callback: 'https://www.example.com/redirect',
};
const SAVED = {
  linking: 'never',
  requireVerifiedEmail: false,
  requiredGroups: ['staff'],
  roles: [
    { group: '20', role: 'editor' },
    { group: '10', role: 'viewer' },
  ],
  attributes: [{ claim: 'given_name', field: 'firstName' }],
  username: ['email'],
  syncOnLogin: false,
};

const with_ = (
  users: NonNullable<Parameters<typeof effectiveSettings>[0]['users']>,
  saved: unknown,
) => effectiveSettings({ users }, ROW, {}, { saved });

test('what was saved overrides the defaults, for each type, in its order', () => {
  const settings = with_({}, SAVED);
  expect(settings.users).toEqual({ ...SAVED, linkMaxAge: 600 });
  expect(settings.connection).toBeDefined();
  for (const { source } of Object.values(settings.sources.accounts)) expect(source).toBe('saved');
});

test('the config overrides it, setting by setting, and replaces lists', () => {
  const { users, sources } = with_(
    { roles: { writers: 'writer', admins: 'boss' }, attributes: { nickname: 'nick' } },
    SAVED,
  );
  expect(users).toEqual({
    ...SAVED,
    linkMaxAge: 600,
    roles: [
      { group: 'writers', role: 'writer' },
      { group: 'admins', role: 'boss' },
    ],
    attributes: [{ claim: 'nickname', field: 'nick' }],
  });
  expect(sources.accounts.roles.source).toBe('config');
  expect(sources.accounts.linking.source).toBe('saved');
});

test('without either it is the default', () => {
  for (const nothing of [undefined, null, {}, { linking: null }]) {
    const { users, sources } = with_({ linking: undefined }, nothing);
    expect(users.linking).toBe('explicit');
    expect(sources.accounts.linking).toEqual({
      value: 'explicit',
      source: 'default',
      locked: false,
    });
  }
});

test('a connection has the source of each part', () => {
  const config = { connection: { clientId: 'ours', clientSecret: null, scope: ['openid'] } };
  const { connection } = effectiveSettings(config, ROW, {}).sources;
  expect(connection).toEqual({
    domain: { value: ROW.subdomain, source: 'providers-page', locked: false },
    clientId: { value: 'ours', source: 'config', locked: true },
    clientSecret: { value: null, source: 'config', locked: true },
    userPoolId: { value: undefined, source: 'default', locked: false },
    jwksUrl: { value: undefined, source: 'default', locked: false },
    callback: { value: ROW.callback, source: 'providers-page', locked: false },
    scope: { value: ['openid'], source: 'config', locked: true },
  });
});

describe('the source of the issuer', () => {
  const pool = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI';
  const jwksurl = `${pool}/.well-known/jwks.json`;
  const config = { connection: { userPoolId: 'eu-west-1_AbCdEfGhI' } };
  const getSource = (...args: Parameters<typeof effectiveSettings>) =>
    effectiveSettings(...args).sources.issuer;

  test('is the config, the page or a login', () => {
    expect(getSource(config, { ...ROW, jwksurl }, {})).toBe('config');
    expect(getSource({}, { ...ROW, jwksurl }, {})).toBe('providers-page');
    const origin = `https://${ROW.subdomain}`;
    expect(getSource({}, ROW, { [origin]: pool })).toBe('learned');
  });
});

describe('an invalid value in the store', () => {
  test.each<[string, unknown]>([
    ['linking', 'always'],
    ['linking', ['never']],
    ['requireVerifiedEmail', 'false'],
    ['requiredGroups', 'staff'],
    ['requiredGroups', [1]],
    ['requiredGroups', [' ']],
    ['requiredGroups', Array.from({ length: 501 }, () => 'x')],
    ['requiredGroups', ['x'.repeat(256)]],
    ['roles', { admins: 'boss' }],
    ['roles', [null]],
    ['attributes', [null]],
    ['attributes', [{ claim: 'a', field: { toString: 1, valueOf: 1 } }]],
    ['roles', [{ group: 'a' }]],
    ['roles', [{ group: 'a', role: 'b', more: 'c' }]],
    ['roles', [{ group: 'a', role: 1 }]],
    [
      'roles',
      [
        { group: 'a', role: 'b' },
        { group: 'a', role: 'c' },
      ],
    ],
    ['attributes', [{ claim: 'x', field: 'role' }]],
    ['attributes', [{ claim: 'x', field: 'apiToken' }]],
    [
      'attributes',
      [
        { claim: 'x', field: 'f' },
        { claim: 'y', field: 'f' },
      ],
    ],
    ['username', []],
    ['username', ['x'.repeat(256)]],
    ['syncOnLogin', 1],
  ])('%s %j blocks all logins, and is reported', (key, value) => {
    const { saved, problems } = readSaved({ [key]: value });
    expect(saved).toEqual({});
    expect(Object.keys(problems)).toEqual([key]);
    const settings = with_({}, { [key]: value });
    expect(settings.connection).toBeUndefined();
    expect(messages(settings)).toEqual([expect.stringContaining(`${key}, as saved, is `)]);
  });

  test.each(['text', 5, [SAVED]])('%j in place of all settings blocks all logins', (stored) => {
    const settings = with_({}, stored);
    expect(settings.connection).toBeUndefined();
    expect(settings.problems).toHaveLength(1);
  });

  test('does not matter if the config has a value', () => {
    const settings = with_({ requiredGroups: ['staff'] }, { requiredGroups: 'staff' });
    expect(settings.problems).toEqual([]);
    expect(settings.connection).toBeDefined();
  });

  test('for an unknown setting is ignored', () => {
    const inherited = JSON.parse('{"__proto__":{"linking":"never"},"later":true}') as unknown;
    expect(with_({}, inherited).users.linking).toBe('explicit');
    expect(with_({}, inherited).problems).toEqual([]);
  });
});
