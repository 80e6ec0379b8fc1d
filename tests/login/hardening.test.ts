import { expectLoggedIn } from '../support/assertions';
import { Browser } from '../support/browser';
import { type Site, startSite } from '../support/site';
import { updateUser, createUser, getUser } from '../support/users';

// Regression tests for bugs of the first version.
let site: Site;

beforeAll(async () => {
  site = await startSite({ cognito: { bearer: { enabled: true } } });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

const fetchFrom = (path: string, init?: RequestInit) =>
  fetch(site.strapi.url + path, { redirect: 'manual', ...init });

describe('the login has its two URLs and no others', () => {
  test.each([
    '/api/connect/cognito/callback/connect/x',
    '/api/connect/cognito/connect/x',
    '/api/connect/cognito/callback/',
    '/api/connect/cognito/x',
  ])('%s is not one of them', async (path) => {
    expect((await fetchFrom(path)).status).toBe(404);
  });
});

test('memory does not grow with the names of cookies', async () => {
  // koa's cookie reader keeps a pattern for each name, so it must not be called with invented names.
  const readCookieNames = () =>
    site.strapi.run((strapi) => {
      const { app } = strapi.server as { app: { middleware: unknown[] } };
      const readNames: string[] = [];
      Object.assign(globalThis, { readNames });
      app.middleware.unshift(
        (ctx: { cookies: { get(name: string): unknown } }, next: () => unknown) => {
          const get = ctx.cookies.get.bind(ctx.cookies);
          ctx.cookies.get = (name: string, ...rest: []) => {
            readNames.push(name);
            return get(name, ...rest);
          };
          ctx.cookies.get('probe');
          return next();
        },
      );
    });
  await readCookieNames();
  const names = Array.from({ length: 400 }, (_, index) => `cognito-login.${index}=x`);
  const headers = { cookie: names.join('; ') };
  const response = await fetchFrom('/api/connect/cognito', { headers });
  await fetchFrom('/api/connect/cognito/callback?state=made-up', { headers });
  expect(response.status).toBe(302);
  const readNames = await site.strapi.run(
    () => (globalThis as unknown as { readNames: string[] }).readNames,
  );
  expect(readNames).toContain('probe');
  expect(readNames.filter((name) => name.includes('cognito'))).toEqual([]);
  // Only a few of those names are read and cleared.
  expect(response.headers.getSetCookie().length).toBeLessThan(50);
});

describe('an invalid front-end URL', () => {
  afterAll(() =>
    site.strapi.setGrant({ callback: 'http://localhost:3000/connect/cognito/redirect' }),
  );

  test('breaks neither the exchange of tokens nor the next start', async () => {
    await site.strapi.setGrant({ callback: 'https://' });
    const { id_token } = site.pool.tokensFor('ann');
    expect((await site.exchangeByPost({ id_token })).status).toBe(200);
    await site.strapi.restart();
    expect((await site.exchangeByPost({ id_token })).status).toBe(200);
    expect((await fetchFrom('/api/connect/cognito')).status).toBe(503);
  });
});

describe('secrets in a query are not in the log', () => {
  test.each([
    ['a CORS preflight', 'OPTIONS', '/api/auth/cognito/callback'],
    ['a prefetch', 'HEAD', '/api/auth/cognito/callback'],
    ['another method', 'PUT', '/api/auth/cognito/callback'],
    ['another spelling', 'GET', '/api/auth/cognit%6f/callback'],
    ['a longer path', 'GET', '/api/connect/cognito/callback/x'],
  ])('of %s', async (_, method, path) => {
    await fetchFrom(`${path}?id_token=s3cret-token&code=s3cret-code`, {
      method,
      headers: { origin: 'http://localhost:3000', 'access-control-request-method': 'GET' },
    });
    const logs = (await site.strapi.allLogs()).join('\n');
    expect(logs).toContain(path);
    expect(logs).not.toContain('s3cret');
  });

  test('of a body that is not JSON', async () => {
    await fetchFrom('/api/auth/cognito/callback?id_token=s3cret-token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect((await site.strapi.allLogs()).join('\n')).not.toContain('s3cret');
  });
});

test('a HEAD request consumes neither a one-time code nor a login', async () => {
  const head = (url: string, browser: Browser) => browser.request(url, { method: 'HEAD' });
  const browser = new Browser();
  const back = await site.signIn('ann', browser);
  expect((await head(back, browser)).status).toBe(405);
  const { location } = await browser.get(back);
  const code = new URL(location!).searchParams.get('access_token')!;
  expect((await head(`${site.exchangeUrl}?access_token=${code}`, browser)).status).toBe(405);
  expect((await site.exchange({ access_token: code })).status).toBe(200);
});

test('a code of a login in the browser cannot be redeemed by another client', async () => {
  const { location } = await new Browser().get(site.connectUrl);
  const authorize = new URL(location!);
  // Without a challenge, Cognito requires no verifier.
  for (const name of ['code_challenge', 'code_challenge_method'])
    authorize.searchParams.delete(name);
  const back = new URL(await site.pool.authorize(authorize.href, 'ann'));
  site.pool.forgetRequests();
  const { status, body } = await site.exchangeByPost({
    code: back.searchParams.get('code'),
    code_verifier: 'x'.repeat(43),
    redirect_uri: site.strapi.redirectUri,
  });
  expect([status, body.error?.details.code]).toEqual([400, 'invalid_request']);
  expect(site.pool.count('/oauth2/token')).toBe(0);
});

test('a Cognito access token cannot create a link', async () => {
  await site.loginAs('ann');
  const { access_token } = site.pool.tokensFor('ann');
  const headers = {
    authorization: `Bearer ${access_token}`,
    'content-type': 'application/json',
  };
  const body = JSON.stringify({ id_token: site.pool.tokensFor('nia').id_token });
  const me = await fetchFrom('/api/users/me', { headers });
  expect(me.status).toBe(200);
  const link = await fetchFrom('/api/auth/cognito/link', { method: 'POST', headers, body });
  expect(link.status).toBe(401);
});

describe('email confirmation is blocked for users of provider cognito', () => {
  const plant = (data: object) =>
    site.strapi.run(async (strapi, arg) => {
      const users = strapi.db.query('plugin::users-permissions.user');
      return (await users.create({ data: arg })).id;
    }, data);
  const isConfirmed = async (id: unknown) =>
    (await site.strapi.users()).find((user) => user.id === id)?.confirmed;

  test('their token is treated as unknown', async () => {
    const id = await plant({
      username: 'unconfirmed',
      email: 'unconfirmed@example.com',
      provider: 'cognito',
      confirmed: false,
      confirmationToken: 'planted',
    });
    const theirs = await fetchFrom('/api/auth/email-confirmation?confirmation=planted');
    const nobodys = await fetchFrom('/api/auth/email-confirmation?confirmation=made-up');
    expect(theirs.status).toBe(nobodys.status);
    expect(await theirs.json()).toEqual(await nobodys.json());
    expect(await isConfirmed(id)).toBe(false);
  });

  test('no mail is sent, and the response reveals no user', async () => {
    const send = (email: string) =>
      fetchFrom('/api/auth/send-email-confirmation', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email }),
      });
    const theirs = await send('unconfirmed@example.com');
    const nobodys = await send('nobody-at-all@example.com');
    expect([theirs.status, await theirs.json()]).toEqual([
      nobodys.status,
      { ...((await nobodys.json()) as object), email: 'unconfirmed@example.com' },
    ]);
  });

  test('others work as before', async () => {
    const id = await plant({
      username: 'local',
      email: 'local@example.com',
      provider: 'local',
      confirmed: false,
      confirmationToken: 'of-a-local-user',
    });
    await fetchFrom('/api/auth/email-confirmation?confirmation=of-a-local-user');
    expect(await isConfirmed(id)).toBe(true);
  });
});

describe('a username that looks like an email', () => {
  const loginAndGetUsername = async (sub: string, preferred_username: string) => {
    const email = `${sub}@example.com`;
    const claims = { ...site.pool.idClaims('nia'), sub, email, preferred_username };
    const { body } = await site.exchangeByPost({ id_token: site.pool.sign({ claims }) });
    return body.user?.username;
  };

  test.each(['ceo@example.com', 'CEO@Example.com'])(
    'and is the email of another user (%s) is not used',
    async (email) => {
      const { id } = await createUser(site, { email });
      // As a script may store it: users-permissions converts it to lower case.
      await updateUser(site, id, { email });
      expect(await loginAndGetUsername('pretender', 'ceo@example.com')).toMatch(
        /^ceo@example\.com-[a-z0-9]{6}$/,
      );
      await site.clearUsers();
    },
  );

  test('is used if it is free', async () => {
    expect(await loginAndGetUsername('jane', 'Okta_jane@corp.example')).toBe(
      'Okta_jane@corp.example',
    );
    expect(await loginAndGetUsername('joe', 'joe@example.com')).toBe('joe@example.com');
    // Another user has it.
    expect(await loginAndGetUsername('jane-2', 'Okta_jane@corp.example')).toMatch(
      /^Okta_jane@corp\.example-[a-z0-9]{6}$/,
    );
  });
});

test('a user is created once even if the leases are deleted during the login', async () => {
  await site.strapi.run((strapi) => {
    const leases = strapi.db.query('plugin::cognito.lease');
    const { lifecycles } = strapi.db as unknown as {
      lifecycles: { subscribe(subscriber: object): () => void };
    };
    let left = 5;
    const endOfDeleting = lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      async beforeCreate() {
        await leases.deleteMany({});
        // Meanwhile the others arrive here too.
        left -= 1;
        while (left > 0) await new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    Object.assign(globalThis, { endOfDeleting });
  });
  const codes = [];
  for (let login = 0; login < 5; login += 1) codes.push(await site.code('gil'));
  const answers = await Promise.all(codes.map((code) => site.exchange({ access_token: code })));
  await site.strapi.run(() => (globalThis as { endOfDeleting?: () => void }).endOfDeleting?.());
  const { id } = expectLoggedIn(answers[0]!).user;
  expect(answers.map(({ status, body }) => [status, body.user?.id])).toEqual(
    answers.map(() => [200, id]),
  );
  const { email } = await getUser(site, id);
  const named = (await site.strapi.users()).filter((user) => user.email === email);
  expect(named.map((user) => user.id)).toEqual([id]);
  expect(await site.rows('lease')).toEqual([]);
});
