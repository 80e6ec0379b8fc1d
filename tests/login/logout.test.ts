import { type Code, expectRefusal } from '../support/assertions';
import { Browser } from '../support/browser';
import { withConfig } from '../support/fixtures';
import { type Exchanged, FRONT_END, type Site, startSite } from '../support/site';

const ORIGIN = new URL(FRONT_END).origin;

let site: Site;

beforeAll(async () => {
  site = await startSite();
});

beforeEach(() => {
  site.pool.client.logoutUrls = [ORIGIN];
  site.pool.forgetRequests();
});

afterEach(() => site.strapi.setGrant({ enabled: true, callback: FRONT_END }));

const logoutUrl = (query = '') => `${site.strapi.url}/api/auth/cognito/logout${query}`;
const to = (redirect: string) => `?redirect=${encodeURIComponent(redirect)}`;
const logout = (query = '', browser = new Browser()) => browser.get(logoutUrl(query));

async function expectSentOn(query: string, redirect: string): Promise<void> {
  const { status, location, headers } = await logout(query);
  expect(status).toBe(302);
  expect(headers['cache-control']).toBe('no-store');
  const [address, parameters] = (location ?? '').split('?');
  expect(address).toBe(`${site.pool.origin}/logout`);
  expect(Object.fromEntries(new URLSearchParams(parameters))).toEqual({
    client_id: site.pool.client.clientId,
    logout_uri: redirect,
  });
}

async function expectRefused(query: string, code: Code): Promise<void> {
  const { status, location, body } = await logout(query);
  expect(location).toBeUndefined();
  expectRefusal({ status, body: JSON.parse(body) as Exchanged }, code);
}

/** Whether the pool redirects this browser to Strapi without asking for a sign-in. */
async function isKnown(browser: Browser): Promise<boolean> {
  const { location = '' } = await browser.get(site.connectUrl);
  const next = await browser.get(location);
  return new URL(next.location ?? '').pathname !== '/login';
}

/** Signs in at the pool, whose session the browser keeps. */
async function signedIn(): Promise<Browser> {
  const browser = new Browser();
  const { location = '' } = await browser.get(site.connectUrl);
  const back = await site.pool.authorize(location, 'ann', { browser });
  expect((await browser.get(back)).location).toContain('access_token=');
  expect(await isKnown(browser)).toBe(true);
  return browser;
}

test('without a redirect, the browser returns to the origin of the front-end URL', async () => {
  await expectSentOn('', ORIGIN);
  await expectSentOn('?redirect=', ORIGIN);
});

test('with an allowed redirect, it returns there', async () => {
  await expectSentOn(to(ORIGIN), ORIGIN);
});

test('no login is needed, and an invalid token is ignored', async () => {
  for (const authorization of ['Bearer x', 'Bearer a.b.c', 'Basic YTpi']) {
    const { status } = await new Browser().get(logoutUrl(), { headers: { authorization } });
    expect(status).toBe(302);
  }
});

test('it contains no secret, and does not call Cognito', async () => {
  const { location, body, headers } = await logout();
  const all = [location, body, JSON.stringify(headers)].join('\n');
  expect(all).not.toContain(encodeURIComponent(site.pool.client.clientSecret ?? '?'));
  expect(headers['set-cookie']).toBeUndefined();
  expect(site.pool.requests).toEqual([]);
});

test('the session at Cognito ends: the next login asks for the user', async () => {
  const browser = await signedIn();
  const { location = '' } = await logout('', browser);
  // The session lasts until the browser has followed the redirect.
  expect(await isKnown(browser)).toBe(true);
  const end = await browser.get(location);
  expect({ status: end.status, location: end.location }).toEqual({
    status: 302,
    location: new URL(ORIGIN).href,
  });
  expect(await isKnown(browser)).toBe(false);
});

test('another browser of the same user stays signed in', async () => {
  const [one, other] = [await signedIn(), await signedIn()];
  await one.get((await logout('', one)).location ?? '');
  expect(await isKnown(one)).toBe(false);
  expect(await isKnown(other)).toBe(true);
});

test('if Cognito does not know the URL, it says so, and the session does not end', async () => {
  const browser = await signedIn();
  site.pool.client.logoutUrls = [];
  const end = await browser.get((await logout('', browser)).location ?? '');
  expect(end.status).toBe(400);
  expect(await isKnown(browser)).toBe(true);
});

describe('a redirect is refused', () => {
  test.each([
    ['of another host', 'https://evil.example'],
    ['with a slash added', `${ORIGIN}/`],
    ['of a path below', `${ORIGIN}/x`],
    ['that starts the same', `${ORIGIN}.evil.example`],
    ['with the host as user', `${ORIGIN}@evil.example`],
    ['with a port added', `${ORIGIN}0`],
    ['without the port', 'http://localhost'],
    ['of another scheme', ORIGIN.replace('http:', 'https:')],
    ['in capitals', ORIGIN.toUpperCase()],
    ['with a capital', ORIGIN.replace('localhost', 'Localhost')],
    ['with blanks around', ` ${ORIGIN} `],
    ['with a query', `${ORIGIN}?x`],
    ['with a fragment', `${ORIGIN}#x`],
    ['with a line break', `${ORIGIN}\r\nx-evil: 1`],
    ['with a zero', `${ORIGIN}\0`],
    ['that is the callback', FRONT_END],
    ['without a scheme', '//localhost:3000'],
    ['that is a path', '/'],
    ['that is a script', 'javascript:alert(1)'],
    ['that is a wildcard', '*'],
    ['that is a list', `${ORIGIN},${ORIGIN}`],
    ['that is a name of the object', 'constructor'],
  ])('%s', async (_, redirect) => {
    await expectRefused(to(redirect), 'invalid_request');
  });

  test.each([
    `redirect=${encodeURIComponent(ORIGIN)}&redirect=${encodeURIComponent(ORIGIN)}`,
    `redirect=${encodeURIComponent(ORIGIN)}&redirect=https%3A%2F%2Fevil.example`,
    `redirect[]=${encodeURIComponent(ORIGIN)}`,
    `redirect[a]=${encodeURIComponent(ORIGIN)}`,
  ])('that is not one string: %s', async (query) => {
    await expectRefused(`?${query}`, 'invalid_request');
  });
});

test('nothing else of the query reaches Cognito', async () => {
  const more = ['logout_uri', 'redirect_uri', 'client_id', 'response_type', '__proto__[redirect]'];
  const query = more.map((name) => `${name}=https%3A%2F%2Fevil.example`).join('&');
  await expectSentOn(`?${query}`, ORIGIN);
});

describe('logout.redirects', () => {
  const redirects = [
    `${ORIGIN}/bye?x=1&y=a%20b`,
    'https://www.example.com/',
    'com.example.app://out',
  ];

  test('replaces the origin, and its first entry is the default', async () => {
    await withConfig(site, { logout: { redirects } }, async () => {
      await expectSentOn('', redirects[0]!);
      for (const redirect of redirects) await expectSentOn(to(redirect), redirect);
      await expectRefused(to(ORIGIN), 'invalid_request');
      await expectRefused(to('https://www.example.com'), 'invalid_request');
      await expectRefused(to(`${ORIGIN}/bye`), 'invalid_request');
      await expectRefused(to('com.example.app://other'), 'invalid_request');
    });
  });

  test('that is empty is not_configured', async () => {
    await withConfig(site, { logout: { redirects: [] } }, async () => {
      await expectRefused('', 'not_configured');
      await expectRefused(to(ORIGIN), 'invalid_request');
    });
  });

  test('decides where the browser returns to, with its session ended', async () => {
    site.pool.client.logoutUrls = [...redirects];
    await withConfig(site, { logout: { redirects } }, async () => {
      for (const redirect of redirects) {
        const browser = await signedIn();
        const { location = '' } = await logout(to(redirect), browser);
        expect((await browser.get(location)).headers.location).toBe(redirect);
        expect(await isKnown(browser)).toBe(false);
      }
    });
  });
});

describe('if the front-end URL has no origin', () => {
  test.each([
    ['the scheme of an app', 'com.example.app://login/done'],
    ['a path of Strapi', '/api/auth/cognito/callback'],
  ])('because it is %s: not_configured, and the log says which setting', async (_, callback) => {
    await site.strapi.setGrant({ callback });
    await site.strapi.forgetLogs();
    await expectRefused('', 'not_configured');
    await expectRefused(to('com.example.app://login/done'), 'invalid_request');
    await expectRefused(to('null'), 'invalid_request');
    const logs = (await site.strapi.allLogs()).join('\n');
    expect(logs).toContain('logout.redirects');
    await withConfig(site, { logout: { redirects: ['com.example.app://out'] } }, () =>
      expectSentOn('', 'com.example.app://out'),
    );
  });
});

test('a disabled provider has no logout', async () => {
  await site.strapi.setGrant({ enabled: false });
  await expectRefused('', 'provider_disabled');
});

test.each(['POST', 'PUT', 'DELETE'])('there is none by %s', async (method) => {
  const response = await fetch(logoutUrl(), { method, redirect: 'manual' });
  expect(response.status).toBe(405);
});
