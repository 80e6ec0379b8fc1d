import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withClockAhead } from '../support/fixtures';
import { type Site, startSite } from '../support/site';
import { jwtManagements } from '../support/strapi';
import {
  exchangeIdToken,
  issueJwt,
  link,
  addPoolUser,
  createUser,
  unlink,
  getUser,
} from '../support/users';

// A stolen Strapi JWT, or a Cognito access token that is exchanged for one, must not add the thief's own
// Cognito account to the victim's user.

describe.each(jwtManagements)('jwtManagement %s', (jwtManagement) => {
  let site: Site;

  beforeAll(async () => {
    // A refreshed session must not be what makes these tests pass: its tokens live longer than they take.
    site = await startSite({
      usersPermissions: { jwtManagement, sessions: { accessTokenLifespan: 3600 } },
    });
    await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  });

  beforeEach(() => site.clearUsers());

  const idTokenOf = (name: string, change: object = {}) => ({
    id_token: site.pool.sign({ claims: { ...site.pool.idClaims(name), ...change } }),
  });

  test('a JWT of a recent login links', async () => {
    const user = await createUser(site);
    const { status } = await link(site, await issueJwt(site, user), idTokenOf(addPoolUser(site)));
    expect(status).toBe(200);
  });

  test('a JWT that is older than ten minutes does not link, and the token is not used up', async () => {
    const user = await createUser(site);
    const jwt = await issueJwt(site, user);
    const thief = addPoolUser(site);
    const code = await site.code(thief);
    await withClockAhead(site, 601, async () => {
      expectRefusal(await link(site, jwt, { access_token: code }), 'reauthentication_required');
    });
    expect(await site.rows('identity')).toEqual([]);
    expectLoggedIn(await site.exchange({ access_token: code }));
  });

  test('a JWT that was exchanged for a token is as old as the login of that token', async () => {
    const victim = addPoolUser(site);
    const { user } = expectLoggedIn(await exchangeIdToken(site, victim));
    // Unlinked, so that only the age of the login is in question.
    await site.strapi.run((strapi) => strapi.db.query('plugin::cognito.identity').deleteMany({}));
    const hourAgo = Math.floor(Date.now() / 1000) - 3600;
    for (const authTime of [hourAgo, undefined]) {
      const exchanged = await exchangeIdToken(site, victim, { auth_time: authTime });
      const { jwt } = expectLoggedIn(exchanged);
      await site.strapi.run((strapi) => strapi.db.query('plugin::cognito.identity').deleteMany({}));
      const answer = await link(site, jwt, idTokenOf(addPoolUser(site)));
      expectRefusal(answer, 'reauthentication_required');
    }
    expect((await getUser(site, user.id)).provider).toBe('cognito');
  });

  test('a user has one Cognito account, and a second one is refused', async () => {
    const owner = addPoolUser(site);
    const { user, jwt } = expectLoggedIn(await site.loginAs(owner));
    const thief = addPoolUser(site);
    expectRefusal(await link(site, jwt, idTokenOf(thief)), 'identity_taken');
    expect(await site.rows('identity')).toHaveLength(1);
    expect(expectLoggedIn(await exchangeIdToken(site, thief)).user.id).not.toBe(user.id);
  });

  test('an existing second account keeps its link, and does not change the user’s email', async () => {
    const owner = addPoolUser(site);
    const { user } = expectLoggedIn(await exchangeIdToken(site, owner));
    const other = addPoolUser(site);
    const { user: second } = expectLoggedIn(await exchangeIdToken(site, other));
    await site.strapi.run(
      async (strapi, ids: { owner: number; second: number }) => {
        const identities = strapi.db.query('plugin::cognito.identity');
        const [identity] = await identities.findMany({ where: { user: { id: ids.second } } });
        await identities.update({ where: { id: identity?.id }, data: { user: ids.owner } });
        await strapi.db
          .query('plugin::users-permissions.user')
          .delete({ where: { id: ids.second } });
      },
      { owner: user.id, second: second.id },
    );
    const { user: same } = expectLoggedIn(await exchangeIdToken(site, other));
    expect(same.id).toBe(user.id);
    expect((await getUser(site, user.id)).email).toBe(`${owner}@example.com`);
  });

  test('a user can read whether an account is linked, and since when', async () => {
    const user = await createUser(site);
    const jwt = await issueJwt(site, user);
    const status = async () => {
      const response = await fetch(`${site.strapi.url}/api/auth/cognito/link`, {
        headers: { authorization: `Bearer ${jwt}` },
      });
      return (await response.json()) as { linked: boolean; linkedAt: string | null };
    };
    expect(await status()).toEqual({ linked: false, linkedAt: null });
    await link(site, jwt, idTokenOf(addPoolUser(site)));
    const { linked, linkedAt } = await status();
    expect(linked).toBe(true);
    expect(Date.parse(linkedAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  test('unlinking is recorded', async () => {
    const user = await createUser(site, { password: 'Password-1' });
    const jwt = await issueJwt(site, user);
    await link(site, jwt, idTokenOf(addPoolUser(site)));
    expect((await unlink(site, jwt)).status).toBe(200);
    await site.strapi.run((strapi) => strapi.plugin('cognito').service('login-records').flush?.());
    const records = await site.rows('login-record', ['account']);
    expect(records.map(({ step, outcome, account }) => [step, outcome, account])).toEqual([
      ['link', 'ok', expect.objectContaining({ id: user.id })],
      ['unlink', 'ok', expect.objectContaining({ id: user.id })],
    ]);
  });
});
