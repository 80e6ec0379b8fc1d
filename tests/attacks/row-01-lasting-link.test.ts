import { expectLoggedIn, expectRefusal } from '../support/answers';
import { ahead } from '../support/circumstances';
import { type Site, startSite } from '../support/site';
import { bring, jwtOf, link, newPerson, newUser, unlink, userOf } from '../support/users';

// A stolen Strapi JWT, or a Cognito access token that is exchanged for one, must not add the thief's own
// Cognito account to the victim's user.

let site: Site;

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(() => site.forgetEverybody());

afterAll(() => site.stop());

const idTokenOf = (name: string, change: object = {}) => ({
  id_token: site.pool.sign({ claims: { ...site.pool.idClaims(name), ...change } }),
});

test('a JWT of a recent login links', async () => {
  const user = await newUser(site);
  const { status } = await link(site, await jwtOf(site, user), idTokenOf(newPerson(site)));
  expect(status).toBe(200);
});

test('a JWT that is older than ten minutes does not link, and the token is not used up', async () => {
  const user = await newUser(site);
  const jwt = await jwtOf(site, user);
  const thief = newPerson(site);
  const code = await site.code(thief);
  await ahead(site, 601, async () => {
    expectRefusal(await link(site, jwt, { access_token: code }), 'reauthentication_required');
  });
  expect(await site.rows('identity')).toEqual([]);
  expectLoggedIn(await site.exchange({ access_token: code }));
});

test('a JWT that was given for a token is as old as the login which that token is from', async () => {
  const victim = newPerson(site);
  const { user } = expectLoggedIn(await bring(site, victim));
  // Unlinked, so that only the age of the login is in question.
  await site.strapi.run((strapi) => strapi.db.query('plugin::cognito.identity').deleteMany({}));
  const hourAgo = Math.floor(Date.now() / 1000) - 3600;
  for (const authTime of [hourAgo, undefined]) {
    const exchanged = await bring(site, victim, { auth_time: authTime });
    const { jwt } = expectLoggedIn(exchanged);
    await site.strapi.run((strapi) => strapi.db.query('plugin::cognito.identity').deleteMany({}));
    const answer = await link(site, jwt, idTokenOf(newPerson(site)));
    expectRefusal(answer, 'reauthentication_required');
  }
  expect((await userOf(site, user.id)).provider).toBe('cognito');
});

test('a user has one Cognito account, and a second one is refused', async () => {
  const owner = newPerson(site);
  const { user, jwt } = expectLoggedIn(await site.loginAs(owner));
  const thief = newPerson(site);
  expectRefusal(await link(site, jwt, idTokenOf(thief)), 'identity_taken');
  expect(await site.rows('identity')).toHaveLength(1);
  expect(expectLoggedIn(await bring(site, thief)).user.id).not.toBe(user.id);
});

test('a second account from before keeps its link, and writes no email into the user', async () => {
  const owner = newPerson(site);
  const { user } = expectLoggedIn(await bring(site, owner));
  const other = newPerson(site);
  const { user: second } = expectLoggedIn(await bring(site, other));
  await site.strapi.run(
    async (strapi, ids: { owner: number; second: number }) => {
      const identities = strapi.db.query('plugin::cognito.identity');
      const [identity] = await identities.findMany({ where: { user: { id: ids.second } } });
      await identities.update({ where: { id: identity?.id }, data: { user: ids.owner } });
      await strapi.db.query('plugin::users-permissions.user').delete({ where: { id: ids.second } });
    },
    { owner: user.id, second: second.id },
  );
  const { user: same } = expectLoggedIn(await bring(site, other));
  expect(same.id).toBe(user.id);
  expect((await userOf(site, user.id)).email).toBe(`${owner}@example.com`);
});

test('the user is told whether an account is linked, and since when', async () => {
  const user = await newUser(site);
  const jwt = await jwtOf(site, user);
  const status = async () => {
    const response = await fetch(`${site.strapi.url}/api/auth/cognito/link`, {
      headers: { authorization: `Bearer ${jwt}` },
    });
    return (await response.json()) as { linked: boolean; linkedAt: string | null };
  };
  expect(await status()).toEqual({ linked: false, linkedAt: null });
  await link(site, jwt, idTokenOf(newPerson(site)));
  const { linked, linkedAt } = await status();
  expect(linked).toBe(true);
  expect(Date.parse(linkedAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
});

test('unlinking is recorded', async () => {
  const user = await newUser(site, { password: 'Password-1' });
  const jwt = await jwtOf(site, user);
  await link(site, jwt, idTokenOf(newPerson(site)));
  expect((await unlink(site, jwt)).status).toBe(200);
  await site.strapi.run((strapi) => strapi.plugin('cognito').service('login-records').flush?.());
  const records = await site.rows('login-record', ['account']);
  expect(records.map(({ step, outcome, account }) => [step, outcome, account])).toEqual([
    ['link', 'ok', expect.objectContaining({ id: user.id })],
    ['unlink', 'ok', expect.objectContaining({ id: user.id })],
  ]);
});
