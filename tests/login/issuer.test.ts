import { type Pool, startPool } from '../support/pool';
import { administrator } from '../support/strapi';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import { type Site, startSite } from '../support/site';

let site: Site;
let other: Pool;

beforeAll(async () => {
  [site, other] = await Promise.all([startSite(), startPool()]);
  // Otherwise both pools would sign with the same keys.
  other.rotateKeys();
  other.addClient({ ...site.pool.client });
});

beforeEach(async () => {
  await forgetIssuers();
  await site.strapi.setGrant({ subdomain: site.pool.origin, jwksurl: '', enabled: true });
});

afterEach(() => {
  for (const pool of [site.pool, other]) {
    pool.clearChanges();
    pool.forgetRequests();
  }
});

const store = { type: 'plugin', name: 'cognito', key: 'issuers' };

/** The detected issuers by Host URI. */
const learned = () =>
  site.strapi.run(async (strapi, arg) => (await strapi.store(arg).get()) ?? {}, store);

const forgetIssuers = () =>
  site.strapi.run((strapi, arg) => strapi.store(arg).set({ value: {} }), store);

const send = (pool: Pool, name = 'ann') => site.exchange({ id_token: signToken(pool, name) });

function signToken(pool: Pool, name: string): string {
  const { clientId } = site.pool.client;
  return pool.sign({ claims: { ...pool.idClaims(name), aud: clientId } });
}

describe('with only the five fields, the issuer', () => {
  test('is not known before the first login: tokens from clients are refused', async () => {
    for (const token of [signToken(site.pool, 'ann'), 'a.b.c']) {
      expectRefusal(await site.exchange({ id_token: token }), 'not_configured');
      expectRefusal(await site.exchangeByPost({ access_token: token }), 'not_configured');
    }
    expect(site.pool.requests).toEqual([]);
    expect(await learned()).toEqual({});
  });

  test('is detected at the first login in the browser, stored, and logged', async () => {
    await site.strapi.forgetLogs();
    const code = await site.code('ann');
    expect(await learned()).toEqual({ [site.pool.origin]: site.pool.issuer });
    expect((await site.strapi.allLogs()).join('\n')).toContain(
      `detected the issuer of ${site.pool.origin}: ${site.pool.issuer}`,
    );
    expectLoggedIn(await site.exchange({ access_token: code }));
    expectLoggedIn(await send(site.pool));
  });

  test('is detected once: a later login cannot change it', async () => {
    await site.code('ann');
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, iss: other.issuer } }));
    expect((await site.login('ann')).get('error')).toBe('token_issuer');
    expect(await learned()).toEqual({ [site.pool.origin]: site.pool.issuer });
    expect(other.requests).toEqual([]);
  });

  test.each<[string, () => string]>([
    ['another host', () => other.issuer],
    ['a path of the host', () => `${site.pool.origin}/path`],
    ['the host with a slash', () => `${site.pool.origin}/`],
    ['the host by another name', () => site.pool.origin.replace('localhost', '127.0.0.1')],
    ['a host with credentials', () => site.pool.origin.replace('//', '//user@')],
    ['a pool in AWS', () => 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc'],
    ['a private address', () => 'http://169.254.169.254/latest'],
    ['nothing', () => ''],
  ])('is not detected if the token names %s, which is never called', async (_, issuer) => {
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, iss: issuer() } }));
    expect((await site.login('ann')).get('error')).toBe('token_issuer');
    expect(await learned()).toEqual({});
    expect(other.requests).toEqual([]);
    expect(site.pool.requests.filter(({ path }) => path.includes('jwks'))).toEqual([]);
  });

  test('is not detected from a token with an invalid signature', async () => {
    site.pool.changeIdToken(() => ({ key: 'foreign' }));
    expect((await site.login('ann')).get('error')).toBe('token_signature');
    expect(await learned()).toEqual({});
  });

  test('is not detected from a token of another client', async () => {
    site.pool.changeIdToken(({ claims }) => ({ claims: { ...claims, aud: 'another' } }));
    expect((await site.login('ann')).get('error')).toBe('token_audience');
    expect(await learned()).toEqual({});
  });

  test('of another Host URI is detected separately, and the first one stays stored', async () => {
    await site.code('ann');
    await site.strapi.setGrant({ subdomain: other.origin });
    expectRefusal(await send(other), 'not_configured');
    expectRefusal(await send(site.pool), 'not_configured');
    const browserAtOther = await loginAt(other);
    expect(browserAtOther.has('access_token')).toBe(true);
    expect(await learned()).toEqual({
      [site.pool.origin]: site.pool.issuer,
      [other.origin]: other.issuer,
    });
    expectRefusal(await send(site.pool), 'token_issuer');
    await site.strapi.setGrant({ subdomain: site.pool.origin });
    expectLoggedIn(await send(site.pool));
    expectRefusal(await send(other), 'token_issuer');
  });

  test('survives another spelling of the Host URI, but not another Host URI', async () => {
    await site.code('ann');
    await site.strapi.setGrant({ subdomain: ` ${site.pool.origin.toUpperCase()}/ ` });
    expectLoggedIn(await send(site.pool));
  });

  test('of a token from a client is never called for keys', async () => {
    await site.code('ann');
    site.pool.forgetRequests();
    const { clientId } = site.pool.client;
    const forged = other.sign({ claims: { ...other.idClaims('ann'), aud: clientId } });
    expectRefusal(await site.exchange({ id_token: forged }), 'token_issuer');
    expect(other.requests).toEqual([]);
    expect(site.pool.requests).toEqual([]);
    const claims = { ...other.idClaims('ann'), aud: clientId, iss: site.pool.issuer };
    expectRefusal(await site.exchange({ id_token: other.sign({ claims }) }), 'token_signature');
    expect(other.requests).toEqual([]);
  });
});

/** A login at the current Host URI, which is that of another pool. */
async function loginAt(pool: Pool): Promise<URLSearchParams> {
  const login = await fetch(site.connectUrl, { redirect: 'manual' });
  const back = await pool.authorize(login.headers.get('location') ?? '', 'ann');
  const cookie = login.headers
    .getSetCookie()
    .map((text) => text.split(';', 1)[0])
    .join('; ');
  const end = await fetch(back, { headers: { cookie }, redirect: 'manual' });
  return new URL(end.headers.get('location') ?? '').searchParams;
}

describe('a configured issuer is not detected:', () => {
  test('the JWKS URL of the page', async () => {
    await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
    expectLoggedIn(await send(site.pool));
    expectLoggedIn(await site.loginAs('ann'));
    expect(await learned()).toEqual({});
  });

  test('the JWKS URL of another pool on the page: login fails', async () => {
    await site.strapi.setGrant({ jwksurl: other.jwksUrl });
    expect((await site.login('ann')).get('error')).toBe('token_issuer');
    expect(await learned()).toEqual({});
  });

  test('connection.jwksUrl, over the one of the page', async () => {
    await site.strapi.setGrant({ jwksurl: other.jwksUrl });
    await withConfig(site, { connection: { jwksUrl: site.pool.jwksUrl } }, async () => {
      expectLoggedIn(await send(site.pool));
      expect((await site.login('ann')).has('access_token')).toBe(true);
    });
    expect(await learned()).toEqual({});
  });

  test('connection.userPoolId: both forms of the issuer are one pool and one user, the host is not accepted', async () => {
    await site.clearUsers();
    const connection = { userPoolId: 'eu-west-1_AbCdEfGhI', jwksUrl: site.pool.jwksUrl };
    await withConfig(site, { connection }, async () => {
      const byIssuer = (iss: string) =>
        site.exchange({
          id_token: site.pool.sign({ claims: { ...site.pool.idClaims('ann'), iss } }),
        });
      const old = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI';
      const { user } = expectLoggedIn(await byIssuer(old));
      const newer = await byIssuer(old.replace('//', '//issuer-'));
      expect(expectLoggedIn(newer).user.id).toBe(user.id);
      expect(await site.rows('identity')).toEqual([expect.objectContaining({ issuer: old })]);
      for (const iss of [`${old}x`, old.replaceAll('west', 'east'), old.replace('https', 'http')]) {
        expectRefusal(await byIssuer(iss), 'token_issuer');
      }
      expect((await site.login('ann')).get('error')).toBe('token_issuer');
    });
    expect(await learned()).toEqual({});
  });
});

describe('what an admin saves on the Providers page applies immediately:', () => {
  let token: string;

  beforeAll(async () => {
    token = await site.strapi.admin();
  });

  /** Saves settings as the Providers page does. */
  async function save(changes: Record<string, unknown>): Promise<void> {
    const grant = (await site.strapi.stored('grant')) as Record<string, Record<string, unknown>>;
    const response = await fetch(`${site.strapi.url}/users-permissions/providers`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ providers: { ...grant, cognito: { ...grant.cognito, ...changes } } }),
    });
    expect({ status: response.status, as: administrator.email }).toEqual({
      status: 200,
      as: administrator.email,
    });
  }

  const connect = async () => {
    const response = await fetch(site.connectUrl, { redirect: 'manual' });
    return { status: response.status, location: response.headers.get('location') ?? '' };
  };

  test('the switch', async () => {
    expect((await connect()).status).toBe(302);
    await save({ enabled: false });
    expect(new URL((await connect()).location).searchParams.get('error')).toBe('provider_disabled');
    expectRefusal(await site.exchange({ access_token: 'x' }), 'provider_disabled');
    await save({ enabled: true });
    expect((await connect()).status).toBe(302);
  });

  test('client, host and redirect URL', async () => {
    const { clientId } = site.pool.client;
    expect((await connect()).location).toContain(clientId);
    await save({ key: 'another-client', subdomain: other.origin });
    const { location } = await connect();
    expect(location.startsWith(`${other.origin}/oauth2/authorize?`)).toBe(true);
    expect(new URL(location).searchParams.get('client_id')).toBe('another-client');
    await save({
      key: clientId,
      subdomain: site.pool.origin,
      callback: 'https://front.example/in',
    });
    const refused = await fetch(site.strapi.redirectUri, { redirect: 'manual' });
    expect(refused.headers.get('location')).toMatch(/^https:\/\/front\.example\/in\?error=/);
  });

  test('the secret: a wrong one is refused by Cognito, the right one works', async () => {
    await save({ secret: 'wrong' });
    expect((await site.login('ann')).get('error')).toBe('cognito_refused');
    await save({ secret: site.pool.client.clientSecret });
    expect((await site.login('ann')).has('access_token')).toBe(true);
  });
});
