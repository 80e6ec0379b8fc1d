import { createServer } from 'node:http';
import { renderToStaticMarkup } from 'react-dom/server';
import type * as Redirect from '../../examples/nextjs/app/connect/cognito/redirect/route';
import type * as Login from '../../examples/nextjs/app/login/route';
import type * as Logout from '../../examples/nextjs/app/logout/route';
import type * as Home from '../../examples/nextjs/app/page';
import { Browser, type BrowserResponse } from '../support/browser';
import { listenUntilEnd } from '../support/listening';
import { type Site, startSite } from '../support/site';
import { addPoolUser } from '../support/users';

/** The cookies of the current request, as Next.js passes them to server components. */
const cookies = new Map<string, string>();

jest.mock(
  'next/headers',
  () => ({
    cookies: () =>
      Promise.resolve({
        get: (name: string) =>
          cookies.has(name) ? { name, value: cookies.get(name) ?? '' } : undefined,
      }),
  }),
  { virtual: true },
);

interface Routes {
  login: typeof Login;
  redirect: typeof Redirect;
  logout: typeof Logout;
  page: typeof Home;
}

/** Loads the modules of the example with these URLs in the environment. */
function load(SITE_URL: string, STRAPI_API: string): Routes {
  Object.assign(process.env, { SITE_URL, STRAPI_API });
  jest.resetModules();
  return {
    login: jest.requireActual<typeof Login>('../../examples/nextjs/app/login/route'),
    redirect: jest.requireActual<typeof Redirect>(
      '../../examples/nextjs/app/connect/cognito/redirect/route',
    ),
    logout: jest.requireActual<typeof Logout>('../../examples/nextjs/app/logout/route'),
    page: jest.requireActual<typeof Home>('../../examples/nextjs/app/page'),
  };
}

let site: Site;
let origin: string;
let routes: Routes;
let browser: Browser;

/** Handles a request as Next.js does: finds the file of its path, and calls it with a standard Request. */
async function answer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const route = `${request.method} ${pathname}`;
  if (route === 'GET /login') return routes.login.GET(request);
  if (route === 'GET /connect/cognito/redirect') return routes.redirect.GET(request);
  if (route === 'POST /logout') return routes.logout.POST(request);
  if (route !== 'GET /') return new Response(null, { status: 404 });
  cookies.clear();
  for (const pair of request.headers.get('cookie')?.split('; ') ?? []) {
    const [name = '', value = ''] = pair.split('=', 2);
    cookies.set(name, value);
  }
  const page = await routes.page.default({
    searchParams: Promise.resolve(Object.fromEntries(searchParams)),
  });
  return new Response(renderToStaticMarkup(page));
}

beforeAll(async () => {
  site = await startSite();
  const server = createServer((incoming, outgoing) => {
    const { method, url = '/' } = incoming;
    const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
    // As behind a proxy: the request does not have the site's origin.
    const request = new Request(`http://internal:3000${url}`, {
      method,
      headers: headers as [string, string][],
    });
    void answer(request).then(async (response) => {
      outgoing.statusCode = response.status;
      outgoing.setHeaders(response.headers);
      outgoing.setHeader('set-cookie', response.headers.getSetCookie());
      outgoing.end(await response.text());
    });
  });
  const { port } = await listenUntilEnd(server, 'localhost');
  origin = `http://localhost:${port}`;
  routes = load(origin, `${site.strapi.url}/api`);
  await site.strapi.setGrant({ callback: `${origin}/connect/cognito/redirect` });
  site.pool.client.logoutUrls.push(origin);
});

beforeEach(() => {
  browser = new Browser();
});

afterEach(() => site.pool.clearChanges());

/** Goes from /login to Strapi, Cognito and back. Returns the URL of this site where the login ends. */
async function begin(name: string, options: { cancel?: boolean } = {}): Promise<string> {
  const { location: connect = '' } = await browser.get(`${origin}/login`);
  const { location: authorize = '' } = await browser.get(connect);
  const back = await site.pool.authorize(authorize, name, options);
  return (await browser.get(back)).location ?? '';
}

const home = async (path = '/') => (await browser.get(origin + path)).body;

/** Expects no login, but a redirect to the page with an error, and the text there. */
async function expectProblem({ location = '', status }: BrowserResponse): Promise<string> {
  expect(status).toBe(303);
  expect(location.startsWith(`${origin}/?problem=`)).toBe(true);
  const text = (await browser.get(location)).body;
  expect(text).toContain('<a href="/login">');
  return `${location.split('problem=')[1] ?? ''}: ${/<p role="alert">(.*?)<\/p>/.exec(text)?.[1] ?? ''}`;
}

test('a visitor sees the login button', async () => {
  expect(await home()).toContain('<a href="/login">Log in</a>');
});

describe('a login', () => {
  test('sets a session cookie that no script can read, with which the page calls Strapi', async () => {
    const end = await browser.get(await begin('ann'));
    expect(end.status).toBe(303);
    expect(end.location).toBe(`${origin}/`);
    expect(end.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    const [session] = browser.cookies(origin).filter(({ name }) => name === 'session');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'lax', path: '/', hostOnly: true });
    expect((await site.me(session?.value ?? '')).body.email).toBe('ann@example.com');
    const page = await home();
    expect(page).toContain('You are ann.');
    expect(page).not.toContain(session?.value ?? '');
    // The login has left nothing.
    expect(browser.cookies(origin).map(({ name }) => name)).toEqual(['session']);
  });

  test('works in several tabs', async () => {
    const other = addPoolUser(site);
    const [one, two] = [await begin('ann'), await begin(other)];
    expect((await browser.get(one)).location).toBe(`${origin}/`);
    expect(await home()).toContain('You are ann.');
    expect((await browser.get(two)).location).toBe(`${origin}/`);
    expect(await home()).toContain(`You are ${other}.`);
  });

  test('works with a redirect URL that has a parameter named state', async () => {
    await site.strapi.setGrant({
      callback: `${origin}/connect/cognito/redirect?state=california`,
    });
    try {
      expect((await browser.get(await begin('ann'))).location).toBe(`${origin}/`);
    } finally {
      await site.strapi.setGrant({ callback: `${origin}/connect/cognito/redirect` });
    }
  });

  test('that another browser started is refused, and Strapi is not called', async () => {
    const attackers = await begin('nia');
    browser = new Browser();
    await begin('ann');
    expect(await expectProblem(await browser.get(attackers))).toMatch(
      /^state_mismatch: This login/,
    );
    expect(browser.cookie(origin, 'session')).toBeUndefined();
    // The code was not used, so it is still valid.
    const code = new URL(attackers).searchParams.get('access_token') ?? '';
    expect((await site.exchange({ access_token: code })).status).toBe(200);
  });

  test.each(['', '&state=', '&state=guessed'])(
    'without its state is refused (%p)',
    async (state) => {
      const end = (await begin('ann')).replace(/&state=.*/, state);
      expect(await expectProblem(await browser.get(end))).toMatch(/^state_mismatch: /);
    },
  );

  test('ends once', async () => {
    const end = await begin('ann');
    await browser.get(end);
    expect((await browser.get(end)).location).toBe(`${origin}/?problem=state_mismatch`);
    // The session is unchanged.
    expect(await home()).toContain('You are ann.');
  });

  test('that was cancelled shows a message', async () => {
    const end = await begin('ann', { cancel: true });
    expect(await expectProblem(await browser.get(end))).toBe(
      'access_denied: The login was cancelled or refused.',
    );
    expect(browser.cookies(origin)).toEqual([]);
  });

  test('that Strapi refuses shows a message', async () => {
    expect(await expectProblem(await browser.get(await begin('ben')))).toMatch(
      /^email_not_verified: Please verify/,
    );
    expect(browser.cookie(origin, 'session')).toBeUndefined();
  });
});

test('the page shows no text from the URL', async () => {
  const page = await home('/?problem=Call+555+1234');
  expect(page).toContain('<p role="alert">Something went wrong. Please try again.</p>');
  expect(page).not.toContain('555');
});

test('twenty pending logins fit in a small cookie, and the latest one succeeds', async () => {
  for (let count = 0; count < 20; count += 1) await browser.get(`${origin}/login`);
  const end = await begin('ann');
  expect(browser.cookie(origin, 'logins')?.length).toBeLessThan(200);
  expect((await browser.get(end)).location).toBe(`${origin}/`);
});

describe('logging out', () => {
  const logOut = (headers: Record<string, string>) =>
    browser.request(`${origin}/logout`, { method: 'POST', headers });

  beforeEach(async () => {
    await browser.get(await begin('ann'));
  });

  test('ends the session here, and redirects to end the session at Cognito', async () => {
    const { status, location = '' } = await logOut({ origin });
    expect(status).toBe(303);
    expect(browser.cookie(origin, 'session')).toBeUndefined();
    expect(await home()).toContain('<a href="/login">');
    const { location: logout = '' } = await browser.get(location);
    expect(logout.startsWith(`${site.pool.origin}/logout?`)).toBe(true);
    expect((await browser.get(logout)).location?.replace(/\/$/, '')).toBe(origin);
  });

  test.each<Record<string, string>>([{ origin: 'https://evil.example' }, { origin: 'null' }, {}])(
    'rejects other sites: %p',
    async (headers) => {
      expect((await logOut(headers)).status).toBe(403);
      expect(await home()).toContain('You are ann.');
    },
  );
});

test('a user with an expired session is a visitor', async () => {
  await browser.get(await begin('ann'));
  const [user] = (await site.strapi.users()).filter(({ email }) => email === 'ann@example.com');
  await site.strapi.run(
    (strapi, id: number) =>
      strapi.db
        .query('plugin::users-permissions.user')
        .update({ where: { id }, data: { blocked: true } }),
    user!.id,
  );
  try {
    expect(await home()).toContain('<a href="/login">');
  } finally {
    await site.clearUsers();
  }
});

describe('with https', () => {
  let secure: Routes;

  beforeAll(() => {
    secure = load('https://www.example.com/', `${site.strapi.url}/api`);
  });

  const login = (cookie = '') =>
    secure.login
      .GET(new Request('http://internal:3000/login', { headers: { cookie } }))
      .headers.getSetCookie();

  test('cookies belong to this host only', () => {
    expect(login()).toEqual([
      expect.stringMatching(
        /^__Host-logins=[\w-]{36}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=3600$/,
      ),
    ]);
  });

  test.each([
    ['logins=planted', false],
    ['\u00a0__Host-logins=planted', false],
    ['x=1;\u00a0__Host-logins=planted', false],
    ['x=1; __Host-logins=own', true],
    ['x=1;__Host-logins=own ; y=2', true],
  ])('a cookie that another host of the domain can set is ignored: %p', (cookie, counts) => {
    const [set = ''] = login(cookie);
    expect(set.includes(counts ? '.own;' : '.planted')).toBe(counts);
  });
});
