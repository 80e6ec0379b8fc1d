import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { FRONT_END, type Site, redirectParameters, startSite } from '../support/site';
import { startStrapi } from '../support/strapi';
import { addPoolUser } from '../support/users';

const tokens = { handoff: { mode: 'tokens' } };
const bootWarnings: string[] = [];

let site: Site;

beforeAll(async () => {
  site = await startSite({ cognito: tokens });
  bootWarnings.push(...(await site.strapi.allLogs()).filter((line) => line.includes('handoff')));
});

afterEach(() => {
  site.pool.clearChanges();
  site.pool.forgetRequests();
});

const isToken = (use: string) => (token: string) => {
  const [, payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { token_use?: string };
  return claims.token_use === use;
};

test('Strapi warns about it at startup, once, and says what to do', () => {
  expect(bootWarnings).toHaveLength(1);
  expect(bootWarnings[0]).toMatch(/warn.*handoff\.mode is 'tokens'.*URL.*"code"/);
});

test('Cognito’s tokens are in the front-end’s URL, as with the built-in provider', async () => {
  const parameters = await site.login('ann');
  expect([...parameters.keys()].sort()).toEqual(['access_token', 'id_token', 'refresh_token']);
  expect(isToken('access')(parameters.get('access_token') ?? '')).toBe(true);
  expect(isToken('id')(parameters.get('id_token') ?? '')).toBe(true);
  expect(parameters.get('refresh_token')?.split('.')).toHaveLength(5);
});

test('there is no refresh_token if Cognito sends none', async () => {
  site.pool.changeTokenResponse((body) => ({ ...body, refresh_token: undefined }));
  expect([...(await site.login('ann')).keys()].sort()).toEqual(['access_token', 'id_token']);
});

test('the front-end’s own query stays, and the response is not cached', async () => {
  const browser = new Browser();
  const asked = `${FRONT_END}?x=1&y=a%20b`;
  const back = await site.signIn('ann', browser, `?callback=${encodeURIComponent(asked)}`);
  const { location, headers } = await browser.get(back);
  expect(location?.startsWith(`${asked}&access_token=`)).toBe(true);
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['referrer-policy']).toBe('no-referrer');
  expect(JSON.stringify(headers['set-cookie'])).not.toContain('eyJ');
});

test('a login is one record: that of its exchange', async () => {
  const parameters = Object.fromEntries(await site.login('ann'));
  expectLoggedIn(await site.exchange(parameters));
  await site.strapi.run((strapi) => strapi.plugin('cognito').service('login-records').flush?.());
  const rows = await site.rows('login-record');
  expect(rows.filter(({ step }) => step === 'callback')).toEqual([]);
  expect(rows.at(-1)).toMatchObject({ step: 'exchange', outcome: 'ok' });
});

test('no one-time code is created', async () => {
  await site.login('ann');
  expect(await site.rows('one-time-code')).toEqual([]);
});

describe('the front-end’s exchange', () => {
  test('with all parameters of its URL returns a JWT', async () => {
    const name = addPoolUser(site);
    const parameters = Object.fromEntries(await site.login(name));
    const { jwt, user } = expectLoggedIn(await site.exchange(parameters));
    expect(user).toMatchObject({ email: `${name}@example.com`, provider: 'cognito' });
    expect((await site.me(jwt)).body).toMatchObject({ id: user.id });
    expect(expectLoggedIn(await site.exchangeByPost(parameters)).user.id).toBe(user.id);
  });

  test.each(['access_token', 'id_token'])('with only the %s returns a JWT', async (which) => {
    const parameters = await site.login('ann');
    const given = { [which]: parameters.get(which) ?? '' };
    const { user } = expectLoggedIn(await site.exchange(given));
    expect(user).toMatchObject({ email: 'ann@example.com' });
  });

  test('refuses a user without a verified email', async () => {
    const parameters = Object.fromEntries(await site.login('ben'));
    expectRefusal(await site.exchange(parameters), 'email_not_verified');
  });
});

describe('only the error is in the URL', () => {
  const now = () => Math.floor(Date.now() / 1000);

  test.each<[string, string, () => Parameters<Site['pool']['changeIdToken']>[0]]>([
    ['a foreign key', 'token_signature', () => () => ({ key: 'foreign' })],
    [
      'another client',
      'token_audience',
      () =>
        ({ claims }) => ({ claims: { ...claims, aud: 'another' } }),
    ],
    [
      'another issuer',
      'token_issuer',
      () =>
        ({ claims }) => ({ claims: { ...claims, iss: 'http://localhost:1' } }),
    ],
    [
      'another nonce',
      'token_nonce',
      () =>
        ({ claims }) => ({ claims: { ...claims, nonce: 'x' } }),
    ],
    [
      'an expired time',
      'token_expired',
      () =>
        ({ claims }) => ({ claims: { ...claims, exp: now() - 60 } }),
    ],
    [
      'another access token',
      'token_signature',
      () =>
        ({ claims }) => ({ claims: { ...claims, at_hash: 'x' } }),
    ],
  ])('if the id_token is of %s', async (_, code, change) => {
    site.pool.changeIdToken(change());
    const parameters = await site.login('ann');
    expect([...parameters.keys()].sort()).toEqual(['error', 'error_description']);
    expect(parameters.get('error')).toBe(code);
  });

  test('if another browser has the state', async () => {
    const back = await site.signIn('ann');
    const parameters = redirectParameters(await new Browser().get(back));
    expect([...parameters.keys()].sort()).toEqual(['error', 'error_description']);
    expect(site.pool.count('/oauth2/token')).toBe(0);
  });
});

test('the log contains none of the tokens', async () => {
  await site.strapi.forgetLogs();
  const parameters = Object.fromEntries(await site.login('ann'));
  await site.exchange(parameters);
  await site.exchange({ id_token: parameters.id_token ?? '' });
  const logs = (await site.strapi.allLogs()).join('\n');
  expect(logs).toContain('/api/auth/cognito/callback');
  expect(logs).not.toContain('eyJ');
  expect(logs).not.toContain(parameters.refresh_token);
});

test('with tokens.exchange off, Strapi does not start and says why', async () => {
  const boot = startStrapi({ cognito: { ...tokens, tokens: { exchange: false } } });
  await expect(boot).rejects.toThrow(
    /"tokens\.exchange" is false; expected true, because "handoff\.mode" is "tokens"/,
  );
});
