/* The move of docs/moving-to-strapi-5.md: Strapi 5 opens the database of a site on Strapi 4. */
import path from 'node:path';
import type { SettingsView } from '../../server/admin-contract';
import { callAdmin } from '../support/admin';
import { expectLoggedIn } from '../support/assertions';
import { Site, startSite } from '../support/site';
import { packageRoot, repositoryRoot, startStrapi, type StrapiUnderTest } from '../support/strapi';
import { PASSWORD, addPoolUser, createRole, createUser, issueJwt, link } from '../support/users';

const on = (root: string) => ({ packages: path.join(root, 'node_modules'), plugin: root });

interface Person {
  id: number;
  /** A Strapi JWT of Strapi 4. */
  jwt: string;
}

let before: Site;
let after: Site;
let settings: SettingsView;
let users: Awaited<ReturnType<typeof usersOf>>;
/** By their names in the user pool. */
const people: Record<string, Person> = {};
let local: Person;

/** What makes a user the same one. */
async function usersOf(strapi: StrapiUnderTest) {
  return (await strapi.users()).map(({ id, username, email, provider, confirmed, role }) => ({
    ...{ id, username, email, provider, confirmed: Boolean(confirmed) },
    role: role?.type,
  }));
}

const settingsOf = async (site: Site) =>
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
    people[name] = { id: user.id, jwt };
  }
  const member = await createUser(before, { password: PASSWORD });
  const memberJwt = await issueJwt(before, member);
  const account = addPoolUser(before);
  const proof = { id_token: pool.sign({ claims: pool.idClaims(account) }) };
  expect((await link(before, memberJwt, proof)).status).toBe(200);
  people[account] = { id: member.id, jwt: memberJwt };
  const other = await createUser(before, { password: PASSWORD });
  local = { id: other.id, jwt: await issueJwt(before, other) };

  users = await usersOf(strapi);
  settings = await settingsOf(before);
  await strapi.kill();
  after = new Site(pool, await startStrapi({ ...on(packageRoot), database: strapi.database }));
  pool.client.callbackUrls.push(after.strapi.redirectUri);
}, 300_000);

test('every user is there, with their role', async () => {
  expect(users).toHaveLength(4);
  expect(users.map(({ role }) => role)).toContain('editor');
  expect(await usersOf(after.strapi)).toEqual(users);
});

test('Strapi JWTs stay valid', async () => {
  for (const { id, jwt } of [...Object.values(people), local]) {
    const answer = await after.me(jwt);
    // The role "editor" may do nothing yet.
    if (answer.status !== 403) expect(answer).toMatchObject({ status: 200, body: { id } });
    else expect(users.find((user) => user.id === id)?.role).toBe('editor');
  }
});

test('whoever logs in with Cognito is the user of before, and no user is added', async () => {
  for (const [name, { id }] of Object.entries(people)) {
    expect(expectLoggedIn(await after.loginAs(name)).user.id).toBe(id);
  }
  expect(await usersOf(after.strapi)).toEqual(users);
});

test('what was saved in the admin panel holds', async () => {
  expect(settings.accounts.roles.source).toBe('saved');
  expect((await settingsOf(after)).accounts).toEqual(settings.accounts);
});

test('a first login makes a user', async () => {
  const { user } = expectLoggedIn(await after.loginAs(addPoolUser(after)));
  expect(users.map(({ id }) => id)).not.toContain(user.id);
});

test('Strapi 5 logs no error, and nothing that the plugin does is deprecated', async () => {
  const lines = await after.strapi.allLogs();
  expect(lines.filter((line) => / error: |dot notation/.test(line))).toEqual([]);
});
