/* The move of docs/moving-to-strapi-5.md: Strapi 5 opens the database of a site on Strapi 4. */
import path from 'node:path';
import type { SettingsView } from '../../server/admin-contract';
import { callAdmin } from '../support/admin';
import { expectLoggedIn } from '../support/assertions';
import { Site, startSite } from '../support/site';
import { packageRoot, repositoryRoot, startStrapi, type StrapiUnderTest } from '../support/strapi';
import { PASSWORD, addPoolUser, createRole, createUser, issueJwt, link } from '../support/users';

const on = (root: string) => ({ packages: path.join(root, 'node_modules'), plugin: root });

interface PoolUser {
  id: number;
  /** A Strapi JWT of Strapi 4. */
  jwt: string;
}

let before: Site;
let after: Site;
let settings: SettingsView;
let users: Awaited<ReturnType<typeof readUsers>>;
/** By name in the user pool. */
const poolUsers: Record<string, PoolUser> = {};
let local: PoolUser;

/** What identifies a user. */
async function readUsers(strapi: StrapiUnderTest) {
  return (await strapi.users()).map(({ id, username, email, provider, confirmed, role }) => ({
    ...{ id, username, email, provider, confirmed: Boolean(confirmed) },
    role: role?.type,
  }));
}

const readSettings = async (site: Site) =>
  (await callAdmin<SettingsView>(site, await site.strapi.admin(), 'GET', '/settings')).body;

beforeAll(async () => {
  before = await startSite(on(repositoryRoot));
  const { strapi, pool } = before;
  await createRole(before, 'editor');
  const change = { linking: 'verified-email', roles: [{ group: 'editors', role: 'editor' }] };
  const saved = await callAdmin(before, await strapi.admin(), 'PUT', '/settings', change);
  expect(saved.status).toBe(200);

  const editor = addPoolUser(before, { groups: ['editors'] });
  for (const name of ['ann', editor]) {
    const { jwt, user } = expectLoggedIn(await before.loginAs(name));
    poolUsers[name] = { id: user.id, jwt };
  }
  const member = await createUser(before, { password: PASSWORD });
  const userJwt = await issueJwt(before, member);
  const account = addPoolUser(before);
  const proof = { id_token: pool.sign({ claims: pool.idClaims(account) }) };
  expect((await link(before, userJwt, proof)).status).toBe(200);
  poolUsers[account] = { id: member.id, jwt: userJwt };
  const other = await createUser(before, { password: PASSWORD });
  local = { id: other.id, jwt: await issueJwt(before, other) };

  users = await readUsers(strapi);
  settings = await readSettings(before);
  await strapi.kill();
  after = new Site(pool, await startStrapi({ ...on(packageRoot), database: strapi.database }));
  pool.client.callbackUrls.push(after.strapi.redirectUri);
}, 300_000);

test('every user is kept, with their role', async () => {
  expect(users).toHaveLength(4);
  expect(users.map(({ role }) => role)).toContain('editor');
  expect(await readUsers(after.strapi)).toEqual(users);
});

test('Strapi JWTs stay valid', async () => {
  for (const { id, jwt } of [...Object.values(poolUsers), local]) {
    const answer = await after.me(jwt);
    // The role "editor" has no permissions yet.
    if (answer.status !== 403) expect(answer).toMatchObject({ status: 200, body: { id } });
    else expect(users.find((user) => user.id === id)?.role).toBe('editor');
  }
});

test('users who log in with Cognito are the same as before, and no user is added', async () => {
  for (const [name, { id }] of Object.entries(poolUsers)) {
    expect(expectLoggedIn(await after.loginAs(name)).user.id).toBe(id);
  }
  expect(await readUsers(after.strapi)).toEqual(users);
});

test('what was saved in the admin panel still applies', async () => {
  expect(settings.accounts.roles.source).toBe('saved');
  expect((await readSettings(after)).accounts).toEqual(settings.accounts);
});

test('a first login creates a user', async () => {
  const { user } = expectLoggedIn(await after.loginAs(addPoolUser(after)));
  expect(users.map(({ id }) => id)).not.toContain(user.id);
});

test('Strapi 5 logs no error and no deprecation', async () => {
  const lines = await after.strapi.allLogs();
  expect(lines.filter((line) => / error: |dot notation/.test(line))).toEqual([]);
});
