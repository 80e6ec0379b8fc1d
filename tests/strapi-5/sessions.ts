/* Strapi 5 with `jwtManagement: 'refresh'`: a login starts a session of users-permissions, which can be refreshed. */
import { exchangeProof, logout, refresh } from '../../client';
import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { type Answer, type Site, toAnswer, startSite } from '../support/site';
import { addPoolUser, createUser, issueJwt, link } from '../support/users';

let site: Site;
let api: string;

beforeAll(async () => {
  const sessions = { accessTokenLifespan: 3600 };
  site = await startSite({
    usersPermissions: { jwtManagement: 'refresh', sessions },
    cognito: { bearer: { enabled: true } },
  });
  api = `${site.strapi.url}/api`;
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(() => site.clearUsers());

const signIdToken = (name: string) => ({
  id_token: site.pool.sign({ claims: site.pool.idClaims(name) }),
});

/** Each way to log in. */
const LOGIN_METHODS: readonly [
  string,
  (body: Record<string, string>, headers?: object) => Promise<Response>,
][] = [
  [
    'GET',
    (query, headers) =>
      fetch(`${site.exchangeUrl}?${new URLSearchParams(query).toString()}`, {
        headers: { ...headers },
      }),
  ],
  [
    'POST',
    (body, headers) =>
      fetch(site.exchangeUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  ],
];

interface Tokens {
  jwt: string;
  refreshToken: string;
}

const readTokens = ({ body }: Answer) => body as unknown as Tokens;

async function post(path: string, body: object, headers: object = {}): Promise<Answer> {
  const response = await fetch(api + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return toAnswer(response);
}

/** The sessions that a user sees. */
async function listSessions(jwt: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${api}/auth/sessions`, {
    headers: { authorization: `Bearer ${jwt}` },
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: Record<string, unknown>[] }).data;
}

/** Allows the authenticated role to list, end and refresh sessions, which a new Strapi does not. */
beforeAll(async () => {
  await site.strapi.run(async (strapi) => {
    const role = await strapi.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'authenticated' } });
    for (const action of ['getSessions', 'revokeSession', 'logout']) {
      const data = { action: `plugin::users-permissions.auth.${action}`, role: role?.id };
      await strapi.db.query('plugin::users-permissions.permission').create({ data });
    }
    const visitors = await strapi.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'public' } });
    const data = { action: 'plugin::users-permissions.auth.refresh', role: visitors?.id };
    await strapi.db.query('plugin::users-permissions.permission').create({ data });
  });
});

describe.each(LOGIN_METHODS)('a login by %s', (_, exchange) => {
  test('responds like a login of Strapi: with a refresh token, and a session in the list', async () => {
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0' };
    const answer = await toAnswer(
      await exchange({ access_token: await site.code('ann') }, headers),
    );
    const { user } = expectLoggedIn(answer);
    const { jwt, refreshToken } = readTokens(answer);
    expect((await site.me(jwt)).body.id).toBe(user.id);

    const [session, ...others] = await listSessions(jwt);
    expect(others).toEqual([]);
    expect(session?.current).toBe(true);
    expect(session?.deviceName).toContain('Firefox');
    expect(Date.parse(session?.loginAt as string)).toBeGreaterThan(Date.now() - 60_000);

    const renewed = await post('/auth/refresh', { refreshToken });
    expect(renewed.status).toBe(200);
    expect((await site.me(readTokens(renewed).jwt)).body.id).toBe(user.id);
  });

  test('puts the refresh token into a cookie on request', async () => {
    const headers = { 'x-strapi-refresh-cookie': 'httpOnly' };
    const response = await exchange({ access_token: await site.code('ann') }, headers);
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^strapi_up_refresh=[^;]+;.*httponly/i);
    const answer = await toAnswer(response);
    expectLoggedIn(answer);
    expect(answer.body).not.toHaveProperty('refreshToken');

    const [pair = ''] = cookie.split(';');
    const renewed = await post('/auth/refresh', {}, { ...headers, cookie: pair });
    expect(renewed.status).toBe(200);
    expect((await site.me(readTokens(renewed).jwt)).status).toBe(200);
  });

  test('that is refused starts no session', async () => {
    const { status } = await exchange({ access_token: 'no one-time code' });
    expect(status).toBe(400);
    expect(await site.strapi.run((strapi) => strapi.db.query('admin::session').count())).toBe(0);
  });
});

/** There are only sessions of this file's users. */
afterEach(() =>
  site.strapi.run(async (strapi) => {
    await strapi.db.query('admin::session').deleteMany({});
  }),
);

describe('linking requires a recent login', () => {
  test('a refreshed token is not one, even if its earlier session was deleted', async () => {
    const user = await createUser(site);
    const first = await issueJwt(site, user);
    const refreshToken = await site.strapi.run(async (strapi, id) => {
      const manager = (strapi.sessionManager as (origin: string) => Record<string, unknown>)(
        'users-permissions',
      ) as unknown as { generateRefreshToken(...args: unknown[]): Promise<{ token: string }> };
      return (await manager.generateRefreshToken(String(id), undefined, { type: 'refresh' })).token;
    }, user.id);
    // The first login was ten minutes ago; only the refreshed token is newer.
    await site.strapi.run(async (strapi) => {
      const sessions = strapi.db.query('admin::session');
      for (const session of await sessions.findMany()) {
        const back = (time: unknown) => new Date(new Date(time as string).getTime() - 700_000);
        const data = {
          createdAt: back(session.createdAt),
          absoluteExpiresAt: back(session.absoluteExpiresAt),
        };
        await sessions.update({ where: { id: session.id }, data });
      }
    });
    expectRefusal(
      await link(site, first, signIdToken(addPoolUser(site))),
      'reauthentication_required',
    );

    const { jwt } = await refresh(api, refreshToken);
    expectRefusal(
      await link(site, jwt, signIdToken(addPoolUser(site))),
      'reauthentication_required',
    );
    await site.strapi.run(async (strapi) => {
      await strapi.db.query('admin::session').deleteMany({ where: { status: 'rotated' } });
    });
    expectRefusal(
      await link(site, jwt, signIdToken(addPoolUser(site))),
      'reauthentication_required',
    );
    expect(await site.rows('identity')).toEqual([]);
  });

  test('a token that was refreshed just after the login is not one either', async () => {
    const { jwt, refreshToken = '' } = await exchangeProof(api, {
      access_token: await site.code('ann'),
    });
    const { jwt: later } = await refresh(api, refreshToken);
    await site.strapi.run((strapi) => strapi.db.query('plugin::cognito.identity').deleteMany({}));
    const thief = addPoolUser(site);
    expectRefusal(await link(site, later, signIdToken(thief)), 'reauthentication_required');
    expect((await link(site, jwt, signIdToken(thief))).status).toBe(200);
  });

  test('an old login stays old when its session is refreshed, and users do not see its age', async () => {
    const id_token = site.pool.sign({
      claims: { ...site.pool.idClaims(addPoolUser(site)), auth_time: 1_700_000_000 },
    });
    const { jwt, refreshToken = '' } = await exchangeProof(api, { id_token });
    const recorded = () =>
      site.strapi.run(async (strapi) => {
        const rows = await strapi.db.query('admin::session').findMany({ orderBy: 'id' });
        return rows.map(
          ({ metadata }) => (metadata as { cognitoAuthTime?: number }).cognitoAuthTime,
        );
      });
    await refresh(api, refreshToken);
    expect(await recorded()).toEqual([1_700_000_000, 1_700_000_000]);
    expect(JSON.stringify(await listSessions(jwt))).not.toContain('1700000000');
  });
});

test("the client's logout ends only its own session", async () => {
  const first = await exchangeProof(api, { access_token: await site.code('ann') });
  const second = await exchangeProof(api, { access_token: await site.code('ann') });
  await logout(api, first.jwt, first.refreshToken);
  await expect(refresh(api, first.refreshToken)).rejects.toMatchObject({ status: 401 });
  expect((await refresh(api, second.refreshToken)).jwt).toBeTruthy();
});

test('the deviceId of the body is that of the session, so a logout of the device ends it', async () => {
  const logInOn = async (deviceId: string) =>
    exchangeProof(api, { access_token: await site.code('ann'), deviceId });
  const { jwt } = await logInOn('phone');
  await logInOn('tablet');
  const headers = { authorization: `Bearer ${jwt}` };
  expect((await post('/auth/logout', { deviceId: 'phone' }, headers)).status).toBe(200);
  const sessions = await site.strapi.run((strapi) => strapi.db.query('admin::session').findMany());
  expect(sessions.map(({ deviceId }) => deviceId)).toEqual(['tablet']);
});

test('the API accepts Cognito access tokens as in the other mode', async () => {
  const { user } = expectLoggedIn(await site.loginAs('ann'));
  const { access_token } = site.pool.tokensFor('ann');
  expect((await site.me(access_token)).body.id).toBe(user.id);
});
