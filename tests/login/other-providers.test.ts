import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { type Site, startSite } from '../support/site';
import { type StrapiUnderTest, startStrapi, strapiMajor } from '../support/strapi';

let site: Site;
/** A Strapi without the plugin, for comparison. */
let plain: StrapiUnderTest;

beforeAll(async () => {
  [site, plain] = await Promise.all([startSite(), startStrapi({ plugin: false })]);
});

interface Told {
  status: number;
  location: string | null;
  body: unknown;
}

/** Strapi 5 sends a state to other providers. */
const RANDOM_STATE = /(?<=state=)[0-9a-f]{20,}/g;

/** A response of a Strapi, without its URL and random values. */
async function told(strapi: StrapiUnderTest, path: string, init?: RequestInit): Promise<Told> {
  const response = await fetch(strapi.url + path, { redirect: 'manual', ...init });
  const text = (await response.text())
    .replaceAll(strapi.url, 'STRAPI')
    .replaceAll(encodeURIComponent(strapi.url), 'STRAPI')
    .replaceAll(RANDOM_STATE, 'STATE');
  const location = response.headers
    .get('location')
    ?.replaceAll(strapi.url, 'STRAPI')
    .replaceAll(encodeURIComponent(strapi.url), 'STRAPI')
    .replaceAll(RANDOM_STATE, 'STATE');
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    location: location ?? null,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}

const both = async (path: string, init?: RequestInit) => ({
  ours: await told(site.strapi, path, init),
  theirs: await told(plain, path, init),
});

const post = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** The rows of the Providers page, without Strapi's URL. */
async function getGrant(strapi: StrapiUnderTest): Promise<Record<string, object>> {
  const text = JSON.stringify(await strapi.stored('grant')).replaceAll(strapi.url, 'STRAPI');
  return JSON.parse(text) as Record<string, object>;
}

describe('every other provider', () => {
  test('has the same stored settings as without the plugin', async () => {
    const { cognito, ...ours } = await getGrant(site.strapi);
    const { cognito: builtIn, ...theirs } = await getGrant(plain);
    expect(Object.keys(theirs).length).toBeGreaterThan(10);
    expect(ours).toEqual(theirs);
    // The plugin's row is that of the built-in provider, with the five fields filled in and none added.
    expect(Object.keys(cognito ?? {}).sort()).toEqual(Object.keys(builtIn ?? {}).sort());
    expect(cognito).toMatchObject({ icon: 'aws' });
  });

  test('that is disabled responds as before', async () => {
    for (const path of ['/api/connect/google', '/api/connect/google/callback', '/api/connect/no']) {
      const { ours, theirs } = await both(path);
      expect(theirs.status).toBe(400);
      expect(ours).toEqual(theirs);
    }
    const { ours, theirs } = await both('/api/auth/google/callback?access_token=x');
    expect(theirs.status).toBe(400);
    expect(ours).toEqual(theirs);
  });

  test('that is enabled redirects the browser as before', async () => {
    for (const strapi of [site.strapi, plain]) {
      await strapi.run(async (remote) => {
        const store = remote.store({ type: 'plugin', name: 'users-permissions', key: 'grant' });
        const grant = (await store.get()) as Record<string, object>;
        const callback = 'http://localhost:3000/connect/google/redirect';
        const google = { ...grant.google, enabled: true, key: 'k', secret: 's', callback };
        await store.set({ value: { ...grant, google } });
      });
    }
    const { ours, theirs } = await both('/api/connect/google');
    expect(theirs.status).toBe(302);
    expect(theirs.location).toMatch(/^https:\/\/accounts\.google\.com\//);
    expect(ours).toEqual(theirs);

    const allowed = encodeURIComponent('http://localhost:3000/connect/google/redirect?x=1');
    const withCallback = await both(`/api/connect/google?callback=${allowed}&scope=evil`);
    expect(withCallback.theirs.status).toBe(302);
    expect(withCallback.ours).toEqual(withCallback.theirs);
    const refused = await both('/api/connect/google?callback=https%3A%2F%2Fevil.example');
    expect(refused.theirs.status).toBe(400);
    expect(refused.ours).toEqual(refused.theirs);

    const back = await both('/api/connect/google/callback?error=access_denied');
    expect(back.theirs.status).toBe(302);
    expect(back.ours).toEqual(back.theirs);
    const nobody = await both('/api/auth/google/callback');
    expect(nobody.theirs.status).toBe(400);
    expect(nobody.ours).toEqual(nobody.theirs);
  });
});

describe('the built-in login', () => {
  const somebody = { username: 'lena', email: 'lena@example.com', password: 'Password-1' };

  test('registers and logs in as before, and its email is then not available to Cognito', async () => {
    const shape = (answer: Told) => {
      const { jwt, user } = answer.body as { jwt: unknown; user: object };
      return { status: answer.status, jwt: typeof jwt, user: Object.keys(user).sort() };
    };
    const registered = await both('/api/auth/local/register', post(somebody));
    expect(registered.theirs.status).toBe(200);
    expect(shape(registered.ours)).toEqual(shape(registered.theirs));

    const credentials = { identifier: somebody.email, password: somebody.password };
    const loggedIn = await both('/api/auth/local', post(credentials));
    expect(loggedIn.theirs.status).toBe(200);
    expect(shape(loggedIn.ours)).toEqual(shape(loggedIn.theirs));
    const { jwt } = loggedIn.ours.body as { jwt: string };
    expect((await site.me(jwt)).body.email).toBe(somebody.email);

    const wrong = await both('/api/auth/local', post({ ...credentials, password: 'wrong' }));
    expect(wrong.theirs.status).toBe(400);
    expect(wrong.ours).toEqual(wrong.theirs);
    const again = await both('/api/auth/local/register', post(somebody));
    expect(again.theirs.status).toBe(400);
    expect(again.ours).toEqual(again.theirs);

    site.pool.addUser({ name: 'lena' });
    expectRefusal(await site.loginAs('lena'), 'email_taken');
  });

  test('cannot register the email of a Cognito user, nor log in as one', async () => {
    expectLoggedIn(await site.loginAs('ann'));
    const taken = { username: 'ann2', email: 'ann@example.com', password: 'Password-1' };
    expect((await told(site.strapi, '/api/auth/local/register', post(taken))).status).toBe(400);
    for (const password of ['', 'null', 'Password-1']) {
      const credentials = { identifier: 'ann@example.com', password };
      expect((await told(site.strapi, '/api/auth/local', post(credentials))).status).toBe(400);
    }
  });
});

describe('the tables of the plugin', () => {
  const uids = [
    'plugin::cognito.identity',
    'plugin::cognito.one-time-code',
    'plugin::cognito.lock',
  ];

  beforeAll(() => site.loginAs('ann'));

  test.each([
    '/api/identities',
    '/api/identity',
    '/api/cognito',
    '/api/cognito/identities',
    '/api/cognito/identity',
    '/api/cognito/one-time-codes',
    '/api/cognito/locks',
    '/api/cognito-identities',
  ])('are not available at %s', async (path) => {
    expect((await told(site.strapi, path)).status).toBe(404);
  });

  test('are not shown in a user, with any query', async () => {
    const { jwt } = expectLoggedIn(await site.loginAs('ann'));
    const headers = { authorization: `Bearer ${jwt}` };
    for (const query of ['', '?populate=*', '?populate=identities', '?populate[identity]=*']) {
      const { status, body } = await told(site.strapi, `/api/users/me${query}`, { headers });
      expect([200, 400]).toContain(status);
      const text = JSON.stringify(body);
      expect(text).not.toMatch(/digest|issuer|subject/);
      expect(text).not.toContain(site.pool.user('ann').sub);
    }
  });

  test('are visible neither in the content manager nor in the content-type builder', async () => {
    const headers = { authorization: `Bearer ${await site.strapi.admin()}` };
    const manager = await told(site.strapi, '/content-manager/content-types', { headers });
    const { data: managed } = manager.body as { data: { uid: string; isDisplayed: boolean }[] };
    const visible = managed.filter(({ isDisplayed }) => isDisplayed).map(({ uid }) => uid);
    expect(visible).toContain('plugin::users-permissions.user');
    expect(visible.filter((uid) => uid.includes('cognito'))).toEqual([]);

    const builder = await told(site.strapi, '/content-type-builder/content-types', { headers });
    const { data: built } = builder.body as {
      data: { uid: string; schema: { visible: boolean } }[];
    };
    const shown = built.filter(({ schema }) => schema.visible).map(({ uid }) => uid);
    expect(shown).toContain('plugin::users-permissions.user');
    expect(shown.filter((uid) => uid.includes('cognito'))).toEqual([]);
  });

  test('cannot be read or written by an admin through the content manager', async () => {
    const headers = { authorization: `Bearer ${await site.strapi.admin()}` };
    for (const uid of uids) {
      const path = `/content-manager/collection-types/${uid}`;
      const created = await told(site.strapi, path, { method: 'POST', headers });
      expect(created.status).toBeGreaterThanOrEqual(400);
      // Strapi 5 lets super admins read every table, even that of its own sessions.
      if (strapiMajor === 5) continue;
      const { status, body } = await told(site.strapi, path, { headers });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(body)).not.toContain(site.pool.user('ann').sub);
    }
  });

  test('have no permissions to grant', async () => {
    const headers = { authorization: `Bearer ${await site.strapi.admin()}` };
    const { body } = await told(site.strapi, '/users-permissions/permissions', { headers });
    const text = JSON.stringify(body);
    expect(text).toContain('"plugin::users-permissions"');
    expect(text).not.toMatch(/"(identity|one-time-code|lease|login-record)"/);
  });

  test.each([
    ['cognito_identities', 'digest'],
    ['cognito_one_time_codes', 'digest'],
    ['cognito_leases', 'name'],
  ])('%s has a unique index on %s in the database itself', async (table, column) => {
    const indexed = await site.strapi.run(async (strapi, name) => {
      const indexes = (await strapi.db.connection.raw(`PRAGMA index_list('${name}')`)) as {
        name: string;
        unique: number;
      }[];
      const unique = indexes.filter((index) => index.unique === 1);
      return Promise.all(
        unique.map(async (index) => {
          const columns = await strapi.db.connection.raw(`PRAGMA index_info('${index.name}')`);
          return (columns as { name: string }[]).map((each) => each.name);
        }),
      );
    }, table);
    expect(indexed).toContainEqual([column]);
  });

  test('reject a second row of an identity', async () => {
    const [row] = await site.rows('identity');
    const copy = { digest: row?.digest, issuer: 'another', subject: 'another' };
    const create = site.strapi.run(
      (strapi, data) => strapi.db.query('plugin::cognito.identity').create({ data }),
      copy,
    );
    await expect(create).rejects.toThrow(/UNIQUE constraint failed: cognito_identities.digest/);
    expect(await site.rows('identity')).toHaveLength(1);
  });
});
