import { checkAppRedirectUri } from '../../server/login/exchange';
import { effectiveSettings } from '../../server/settings/settings';
import { caughtCode, caughtError } from '../support/caught-error';

const LISTED = 'com.example.app://callback';
const ROW = {
  enabled: true,
  key: 'site',
  secret: 'secret',
  subdomain: 'shop.auth.eu-west-1.amazoncognito.com',
  callback: 'https://www.example.com/redirect',
};
const settings = effectiveSettings(
  { tokens: { redirectUris: [LISTED], additionalClientIds: ['app', 'site'] } },
  ROW,
  {},
);

test.each([
  ['a listed one', LISTED, undefined],
  ['a listed one, with the client named', LISTED, 'site'],
  ['any of another client, which gets no secret', 'com.other.app://callback', 'app'],
  ['any of a client that is refused later', 'com.other.app://callback', 'unknown'],
])('takes %s', (_, redirectUri, clientId) => {
  expect(() => checkAppRedirectUri(settings, redirectUri, clientId)).not.toThrow();
});

test.each([
  'com.other.app://callback',
  `${LISTED}/`,
  `${LISTED}?x=1`,
  LISTED.toUpperCase(),
  ` ${LISTED}`,
  'com.example.app://',
  '',
])('refuses %j of the site’s own client, named or not', async (redirectUri) => {
  for (const clientId of [undefined, 'site']) {
    const check = () => checkAppRedirectUri(settings, redirectUri, clientId);
    expect(await caughtCode(check)).toBe('invalid_request');
  }
});

test('by default none may be used, and the log says which setting decides', async () => {
  const defaults = effectiveSettings({}, ROW, {});
  const refusal = await caughtError(() => checkAppRedirectUri(defaults, LISTED));
  expect(refusal.reason).toContain('tokens.redirectUris');
  expect(refusal.message).not.toContain('tokens.');
});

test('a public client of the site has no secret that could help anyone', () => {
  const config = { connection: { clientSecret: null } };
  const open = effectiveSettings(config, ROW, {});
  expect(() => checkAppRedirectUri(open, LISTED)).not.toThrow();
});
