import { type Answer, Site, connectPool } from '../support/site';
import { startPool } from '../support/pool';
import { startStrapi } from '../support/strapi';
import {
  exchangeIdToken,
  issueJwt,
  link,
  addPoolUser,
  createUser,
  unlink,
  getUser,
} from '../support/users';
import { appBlocks, createApp } from './app';
import { documents } from './markdown';

/** All examples of docs/extending.md in one app: together, each must do what the page says. */
let site: Site;

beforeAll(async () => {
  const pool = await startPool();
  const { blocks } = documents.get('docs/extending.md')!;
  const strapi = await startStrapi(createApp(appBlocks(blocks, 'js'))).catch(
    async (error: unknown) => {
      await pool.stop();
      throw error;
    },
  );
  site = new Site(pool, strapi);
  await connectPool(site);
  await strapi.run((app) =>
    app.db
      .query('plugin::users-permissions.role')
      .create({ data: { name: 'Pro', type: 'pro', description: '' } }),
  );
  // The pool's issuer is detected.
  await site.loginAs('ann');
});

/** Adds a user with this email and these claims to the pool. */
const addNewUser = (email: string, claims: Record<string, unknown> = {}) =>
  addPoolUser(site, { attributes: { email, email_verified: true, ...claims } });

/** The row of the logged-in user. The page's override adds to the response. */
async function row({ status, body }: Answer) {
  expect({ status, body }).toMatchObject({
    status: 200,
    body: { jwt: expect.any(String) as string },
  });
  return getUser(site, body.user!.id);
}

const refusal = ({ status, body }: Answer) => ({ status, message: body.error?.message });

/** Waits for a log line that an event writes after the response. */
async function logged(text: string): Promise<void> {
  while (!(await site.strapi.allLogs()).some((line) => line.includes(text))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('functions in config/plugins', () => {
  test('set a role and fields, and null clears a field', async () => {
    const name = addNewUser('kim@shop.example', { nickname: 'Kim', 'custom:plan': 'pro' });
    expect(await row(await site.loginAs(name))).toMatchObject({
      role: { type: 'pro' },
      nickname: 'Kim',
      signedUpFrom: 'shop.example',
    });
    const later = await row(await exchangeIdToken(site, name, { nickname: undefined }));
    expect(later).toMatchObject({ nickname: null, signedUpFrom: 'shop.example' });
  });

  test('beforeCreate rejects a login by throwing', async () => {
    const answer = await exchangeIdToken(
      site,
      addNewUser('old@shop.example', { 'custom:plan': 'expired' }),
    );
    expect(refusal(answer)).toEqual({ status: 403, message: 'Your plan has expired' });
    expect(answer.body.error?.details.code).toBe('registration_refused');
  });
});

describe('lifecycle hooks', () => {
  test('update the new user', async () => {
    const user = await row(await exchangeIdToken(site, addNewUser('mia@shop.example')));
    expect(user.customerNumber).toBe(1000 + user.id);
  });

  test('block a new user, whose login then fails', async () => {
    const name = addNewUser('bob@partner.example');
    for (let login = 0; login < 2; login += 1) {
      const { status, body } = await exchangeIdToken(site, name);
      expect({ status, code: body.error?.details.code }).toEqual({
        status: 403,
        code: 'user_blocked',
      });
    }
    const users = (await site.strapi.users()).filter(
      ({ email }) => email === 'bob@partner.example',
    );
    expect(users).toMatchObject([{ blocked: true }]);
  });

  test('reject with the status and the message of a Strapi error', async () => {
    const { status, body } = await exchangeIdToken(site, addNewUser('eve@mailinator.example'));
    expect({ status, message: body.error?.message, code: body.error?.details.code }).toEqual({
      status: 403,
      message: 'Please use your own email address',
      code: 'registration_refused',
    });
  });
});

describe('a wrapper of providers.connect', () => {
  test.each(['GET', 'POST'])('rejects before a user is created, by %s', async (method) => {
    const name = addNewUser(`${method.toLowerCase()}@tenant.example`);
    const token = site.pool.sign({ claims: site.pool.idClaims(name) });
    const query = `?tenant=closed${method === 'GET' ? `&id_token=${token}` : ''}`;
    const response = await fetch(site.exchangeUrl + query, {
      method,
      ...(method === 'POST' && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id_token: token }),
      }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: 'This tenant is closed' } });
    const emails = (await site.strapi.users()).map(({ email }) => email);
    expect(emails).not.toContain(`${method.toLowerCase()}@tenant.example`);
  });

  test('rejects a user', async () => {
    const answer = await exchangeIdToken(site, addNewUser('pat@leaver.example'));
    expect(refusal(answer)).toEqual({ status: 400, message: 'Only for employees' });
  });

  test('links users of Google, and no others', async () => {
    const email = 'gail@shop.example';
    const { id } = await createUser(site, { email, provider: 'google' });
    const name = addNewUser(email);
    for (let turn = 0; turn < 2; turn += 1) {
      expect(await row(await exchangeIdToken(site, name))).toMatchObject({
        id,
        provider: 'google',
      });
    }
    await createUser(site, { email: 'ned@shop.example', provider: 'local' });
    const answer = await exchangeIdToken(site, addNewUser('ned@shop.example'));
    expect(answer.body.error?.details.code).toBe('email_taken');
  });
});

test.each(['GET', 'POST'])(
  'the policy and the middleware of the route apply to %s',
  async (method) => {
    const name = addNewUser(`${method.toLowerCase()}@policy.example`);
    const token = site.pool.sign({ claims: site.pool.idClaims(name) });
    const login = (headers: Record<string, string> = {}) =>
      fetch(site.exchangeUrl + (method === 'GET' ? `?id_token=${token}` : ''), {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(method === 'POST' && { body: JSON.stringify({ id_token: token }) }),
      });
    expect((await login({ 'x-app-version': '1' })).status).toBe(403);
    const allowed = await login({ 'x-app-version': '2' });
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('set-cookie')).toMatch(/^returning=yes;.*httponly/i);
  },
);

test('the JWT is in a cookie, which the API accepts', async () => {
  const token = site.pool.sign({ claims: site.pool.idClaims(addNewUser('cookie@shop.example')) });
  const login = (headers: Record<string, string>) =>
    fetch(`${site.exchangeUrl}?id_token=${token}&keep=cookie`, { headers });
  const response = await login({});
  const body = (await response.json()) as { jwt?: string; user: { id: number } };
  expect(body).toMatchObject({ user: { email: 'cookie@shop.example' } });
  expect(body.jwt).toBeUndefined();
  const cookies = response.headers.getSetCookie();
  expect(cookies.find((each) => each.startsWith('jwt='))).toMatch(/; httponly$|; httponly;/i);
  const cookie = cookies.map((each) => each.split(';', 1)[0]).join('; ');
  const me = await fetch(`${site.strapi.url}/api/users/me`, { headers: { cookie } });
  expect(await me.json()).toMatchObject({ id: body.user.id });
  expect((await login({ cookie })).status).toBe(200);
});

test('overrides of the controller and of a service are used', async () => {
  const { body } = await exchangeIdToken(site, addNewUser('lee@shop.example'));
  expect(body).toMatchObject({ welcome: expect.stringMatching(/^Hello \w/) as string });
  const [, payload = ''] = body.jwt!.split('.');
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ site: 'shop' });
});

describe('events', () => {
  test('report a login and a failure', async () => {
    const name = addNewUser('sam@shop.example');
    const { id } = await row(await exchangeIdToken(site, name));
    await logged(`Shop: user ${id} has registered`);
    await exchangeIdToken(site, name);
    await logged(`Shop: user ${id} is back`);
    await site.exchangeByPost({ id_token: 'a.b.c' });
    await logged('Shop: token_malformed at exchange');
  });

  test('report linking and unlinking, with the payload of the table', async () => {
    await site.strapi.run((strapi) => {
      const { eventHub } = strapi as unknown as {
        eventHub: { on(name: string, listener: (payload: object) => void): void };
      };
      const seen: [string, object][] = [];
      for (const name of ['cognito.login', 'cognito.linked', 'cognito.unlinked']) {
        eventHub.on(name, (payload) => seen.push([name, payload]));
      }
      Object.assign(globalThis, { seen });
    });
    const user = await createUser(site, { password: 'Password-1' });
    const jwt = await issueJwt(site, user);
    const name = addNewUser('link@shop.example');
    const token = site.pool.sign({ claims: site.pool.idClaims(name) });
    expect((await link(site, jwt, { id_token: token })).status).toBe(200);
    await row(await exchangeIdToken(site, name));
    expect((await unlink(site, jwt)).status).toBe(200);
    const seen = await site.strapi.run(
      () => (globalThis as unknown as { seen: [string, object][] }).seen,
    );
    expect(seen).toEqual([
      ['cognito.linked', { userId: user.id }],
      ['cognito.login', { userId: user.id, new: false, linked: false, adopted: false }],
      ['cognito.unlinked', { userId: user.id }],
    ]);
  });
});
