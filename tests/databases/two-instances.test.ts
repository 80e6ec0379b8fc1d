import { callAdmin } from '../support/admin';
import { Browser } from '../support/browser';
import { type Answer, Site, startSite } from '../support/site';
import { startStrapi } from '../support/strapi';
import { testServer } from '../support/strapi/database';

/** The time in which a change on one instance must reach the others, by the contract. */
const PROPAGATION_MS = 10_000;
const FIFTY = 50;

let a: Site;
let b: Site;

beforeAll(async () => {
  a = await startSite();
  const strapi = await startStrapi({ database: a.strapi.database });
  b = new Site(a.pool, strapi);
  a.pool.client.callbackUrls.push(strapi.redirectUri);
});

beforeEach(() => a.clearUsers());

/** The two instances in turn. */
const alternate = (attempt: number): Site => (attempt % 2 === 0 ? a : b);

/**
 * With two processes on one SQLite file, Strapi may fail to save a user ("database is locked"). The code stays valid
 * for another attempt.
 */
async function exchangeWithRetry(site: Site, code: string): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await site.exchange({ access_token: code });
    if (answer.status !== 500 || testServer || tries === 10) return answer;
  }
}

/** Polls until a change is visible, no longer than the contract allows. */
async function waitForChange(isVisible: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + PROPAGATION_MS;
  while (Date.now() < end) {
    if (await isVisible()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

test('fifty first logins of one user, on both instances, create one user', async () => {
  const codes: string[] = [];
  for (let attempt = 0; attempt < FIFTY; attempt += 1)
    codes.push(await alternate(attempt).code('ann'));

  // Half of them end on the other instance.
  const answers = await Promise.all(
    codes.map((code, attempt) =>
      alternate(Math.floor(attempt / 2)).exchange({ access_token: code }),
    ),
  );

  expect(answers.filter(({ status }) => status !== 200).map(({ body }) => body)).toEqual([]);
  const [user, ...more] = await a.strapi.users();
  expect(more).toEqual([]);
  expect(new Set(answers.map(({ body }) => body.user?.id))).toEqual(new Set([user!.id]));
  expect(await a.rows('identity', ['user'])).toMatchObject([{ user: { id: user!.id } }]);
  const checked = await Promise.all(
    answers.map(({ body }, attempt) => alternate(attempt).me(body.jwt ?? '')),
  );
  expect(checked.filter(({ body }) => body.email === 'ann@example.com')).toHaveLength(FIFTY);
});

test('fifty users with the same username, on both instances, all log in', async () => {
  const names = Array.from({ length: FIFTY }, (_, attempt) => `twin ${String(attempt)}`);
  const codes: string[] = [];
  for (const [attempt, name] of names.entries()) {
    a.pool.addUser({ name, username: attempt % 3 === 0 ? 'TWIN' : 'twin' });
    codes.push(await alternate(attempt).code(name));
  }

  const answers = await Promise.all(
    codes.map((code, attempt) => exchangeWithRetry(alternate(attempt), code)),
  );

  expect(answers.filter(({ status }) => status !== 200).map(({ body }) => body)).toEqual([]);
  const users = await a.strapi.users();
  expect(users).toHaveLength(FIFTY);
  expect(new Set(users.map(({ username }) => username)).size).toBe(FIFTY);
});

test('a one-time code that is sent to both instances fifty times works once', async () => {
  const code = await a.code('ann');

  const answers = await Promise.all(
    Array.from({ length: FIFTY }, (_, attempt) =>
      alternate(attempt).exchange({ access_token: code }),
    ),
  );

  const [taken, ...refused] = answers.sort((one, other) => one.status - other.status);
  expect(taken!.status).toBe(200);
  expect(refused.map(({ status, body }) => [status, body.error?.details.code])).toEqual(
    refused.map(() => [400, 'login_expired']),
  );
});

test('a setting saved on one instance applies on the other in time', async () => {
  const getClient = async (site: Site) => {
    const { location } = await new Browser().get(site.connectUrl);
    return new URL(location ?? '').searchParams.get('client_id');
  };
  const { clientId } = a.pool.client;
  expect(await getClient(b)).toBe(clientId);

  await a.strapi.setGrant({ key: 'another-client' });
  expect(await getClient(a)).toBe('another-client');
  expect(await waitForChange(async () => (await getClient(b)) === 'another-client')).toBe(true);

  await b.strapi.setGrant({ key: clientId });
  expect(await getClient(b)).toBe(clientId);
  expect(await waitForChange(async () => (await getClient(a)) === clientId)).toBe(true);
});

test('the issuer that one instance detects is used by the other in time', async () => {
  await a.strapi.run((strapi) =>
    strapi.store({ type: 'plugin', name: 'cognito', key: 'issuers' }).set({ value: {} }),
  );
  const send = () => b.exchangeByPost({ id_token: a.pool.tokensFor('ann').id_token });
  const refused = async () => (await send()).body.error?.details.code === 'not_configured';
  expect(await waitForChange(refused)).toBe(true);

  expect((await a.loginAs('ann')).status).toBe(200);

  expect(await waitForChange(async () => (await send()).status === 200)).toBe(true);
  expect(await a.strapi.users()).toHaveLength(1);
});

test('a restriction saved on one instance blocks users on the other in time', async () => {
  const path = '/settings';
  const [ours, theirs] = [await a.strapi.admin(), await b.strapi.admin()];
  expect((await a.loginAs('ann')).status).toBe(200);
  const outcome = async (site: Site) => (await site.loginAs('ann')).body.error?.details.code;

  const saved = await callAdmin(a, ours, 'PUT', path, { requiredGroups: ['staff'] });
  expect(saved.status).toBe(200);
  expect(await outcome(a)).toBe('group_required');
  expect(await waitForChange(async () => (await outcome(b)) === 'group_required')).toBe(true);

  expect((await callAdmin(b, theirs, 'PUT', path, { requiredGroups: null })).status).toBe(200);
  expect(await outcome(b)).toBeUndefined();
  expect(await waitForChange(async () => (await outcome(a)) === undefined)).toBe(true);
});

test('settings saved on both instances at the same time are all kept', async () => {
  const [ours, theirs] = [await a.strapi.admin(), await b.strapi.admin()];
  const changes = [{ linking: 'never' }, { username: ['email'] }, { syncOnLogin: false }];
  const answers = await Promise.all(
    changes.flatMap((change, attempt) => {
      const [site, token] = attempt % 2 === 0 ? [a, ours] : [b, theirs];
      return callAdmin(site, token, 'PUT', '/settings', change);
    }),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const stored = await a.strapi.run((strapi) =>
    strapi.store({ type: 'plugin', name: 'cognito', key: 'settings' }).get(),
  );
  expect(stored).toEqual(Object.assign({}, ...changes));
  const reset = { linking: null, username: null, syncOnLogin: null };
  expect((await callAdmin(a, ours, 'PUT', '/settings', reset)).status).toBe(200);
});
