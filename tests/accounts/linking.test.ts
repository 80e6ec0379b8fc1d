import { expectLoggedIn, expectRefusal } from '../support/assertions';
import { withConfig } from '../support/fixtures';
import { type Site, startSite } from '../support/site';
import type { StoredUser } from '../support/strapi';
import {
  PASSWORD,
  exchangeIdToken,
  issueJwt,
  link,
  logInLocally,
  holdIdentityReads,
  addPoolUser,
  createRole,
  createUser,
  identityOwners,
  insertIdentity,
  slowReads,
  waitForHeldRequest,
  unlink,
  getUser,
} from '../support/users';

let site: Site;
/** A user who has registered with a password, and is logged in. */
let user: StoredUser;
let jwt: string;

beforeAll(async () => {
  site = await startSite();
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(async () => {
  await site.clearUsers();
  await site.strapi.advanced({ unique_email: true, email_confirmation: false });
  user = await createUser(site, { password: PASSWORD });
  jwt = await issueJwt(site, user);
});

const idToken = (name: string) => ({ id_token: site.pool.tokensFor(name).id_token });

describe('linking', () => {
  test.each<[string, (name: string) => Promise<object> | object]>([
    ['a one-time code', async (name) => ({ access_token: await site.code(name) })],
    ['an id_token', idToken],
    [
      'a Cognito access token',
      (name) => ({ access_token: site.pool.tokensFor(name).access_token }),
    ],
  ])('by %s links the identity, and does not change the user otherwise', async (_, createBody) => {
    const name = addPoolUser(site);
    const answer = await link(site, jwt, await createBody(name));
    expect(answer).toMatchObject({
      status: 200,
      body: { user: { id: user.id, username: user.username, provider: 'local' } },
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(JSON.stringify(answer.body)).not.toContain('password');
    expect(await site.strapi.users()).toEqual([user]);

    expect(expectLoggedIn(await site.loginAs(name)).user.id).toBe(user.id);
    expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(user.id);
    expect(expectLoggedIn(await logInLocally(site, user.email)).user.id).toBe(user.id);
    expect(await site.strapi.users()).toEqual([user]);
    expect(await identityOwners(site)).toEqual([user.id]);
  });

  test('lets an identity with the user’s email log in', async () => {
    const name = addPoolUser(site, { attributes: { email: user.email } });
    expectRefusal(await exchangeIdToken(site, name), 'email_taken');
    expect((await link(site, jwt, idToken(name))).status).toBe(200);
    expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(user.id);
  });

  test('needs no permission', async () => {
    const role = await createRole(site, 'bare');
    const bare = await createUser(site, { password: PASSWORD, role });
    const itsJwt = await issueJwt(site, bare);
    const name = addPoolUser(site);
    expect((await site.me(itsJwt)).status).toBe(403);
    expect((await link(site, itsJwt, idToken(name))).status).toBe(200);
    expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(bare.id);
    expect((await getUser(site, bare.id)).role?.type).toBe('bare');
    expect((await unlink(site, itsJwt)).status).toBe(200);
  });

  test('is for users only, not for visitors or API tokens', async () => {
    const key = await site.strapi.run(async (strapi) => {
      const data = { name: 'machine', description: '', type: 'full-access', lifespan: null };
      const token = await strapi.service('admin::api-token').create?.(data);
      return (token as { accessKey: string }).accessKey;
    });
    const name = addPoolUser(site);
    const code = await site.code(name);
    for (const credentials of [undefined, key, 'garbage', `${jwt}x`]) {
      const linked = await link(site, credentials, { access_token: code });
      expect([credentials, linked.status]).toEqual([credentials, 401]);
      expect((await unlink(site, credentials)).status).toBe(401);
    }
    expect(await identityOwners(site)).toEqual([]);
    // The code was not even used.
    expect((await link(site, jwt, { access_token: code })).status).toBe(200);
  });

  test('is not for a user who is blocked', async () => {
    const blocked = await createUser(site, { password: PASSWORD, blocked: true });
    const name = addPoolUser(site);
    expect((await link(site, await issueJwt(site, blocked), idToken(name))).status).toBe(401);
    expect(await identityOwners(site)).toEqual([]);
  });

  test('works twice, and creates one identity', async () => {
    const name = addPoolUser(site);
    expect((await link(site, jwt, idToken(name))).status).toBe(200);
    expect((await link(site, jwt, idToken(name))).status).toBe(200);
    expect(await identityOwners(site)).toEqual([user.id]);
  });

  test('gives a user one Cognito account: another one is refused until that is unlinked', async () => {
    const [first, second] = [addPoolUser(site), addPoolUser(site)];
    expect((await link(site, jwt, idToken(first))).status).toBe(200);
    const refused = await link(site, jwt, idToken(second));
    expectRefusal(refused, 'identity_taken');
    expect(refused.body.error?.message).toMatch(/already has another Cognito account/);
    expect(await identityOwners(site)).toEqual([user.id]);
    // Meanwhile the second one has its own user.
    expect(expectLoggedIn(await exchangeIdToken(site, second)).user.id).not.toBe(user.id);

    const third = addPoolUser(site);
    expect((await unlink(site, jwt)).status).toBe(200);
    expect((await link(site, jwt, idToken(third))).status).toBe(200);
    expect(expectLoggedIn(await exchangeIdToken(site, third)).user.id).toBe(user.id);
    expect(expectLoggedIn(await exchangeIdToken(site, first)).user.id).not.toBe(user.id);
  });

  test('does not change users who already have several accounts', async () => {
    const names = [addPoolUser(site), addPoolUser(site)];
    for (const name of names) {
      await insertIdentity(site, name, user.id);
    }
    for (const name of names) {
      expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(user.id);
      // Linked already: nothing changes.
      expect((await link(site, jwt, idToken(name))).status).toBe(200);
    }
    expectRefusal(await link(site, jwt, idToken(addPoolUser(site))), 'identity_taken');
    expect(await identityOwners(site)).toEqual([user.id, user.id]);
    expect((await unlink(site, jwt)).status).toBe(200);
    expect(await identityOwners(site)).toEqual([]);
  });

  test('an identity of another user is identity_taken, and not changed', async () => {
    const name = addPoolUser(site);
    const owner = expectLoggedIn(await exchangeIdToken(site, name)).user.id;
    expectRefusal(await link(site, jwt, idToken(name)), 'identity_taken');
    expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(owner);
    expect(await identityOwners(site)).toEqual([owner]);
    expect(await getUser(site, user.id)).toEqual(user);
  });

  test('works for an identity whose user was deleted', async () => {
    const name = addPoolUser(site);
    const gone = expectLoggedIn(await exchangeIdToken(site, name)).user.id;
    await site.strapi.run(async (strapi, id) => {
      await strapi.db.connection('up_users').where({ id }).delete();
    }, gone);
    expect((await link(site, jwt, idToken(name))).status).toBe(200);
    expect(await identityOwners(site)).toEqual([user.id]);
  });

  test('is refused if users.linking is "never"', async () => {
    const name = addPoolUser(site);
    const answer = await withConfig(site, { users: { linking: 'never' } }, () =>
      link(site, jwt, idToken(name)),
    );
    expectRefusal(answer, 'invalid_request');
    expect(await identityOwners(site)).toEqual([]);
  });

  test('works if users.linking is "verified-email"', async () => {
    const name = addPoolUser(site);
    await withConfig(site, { users: { linking: 'verified-email' } }, async () => {
      expect((await link(site, jwt, idToken(name))).status).toBe(200);
      expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(user.id);
    });
  });

  test('requires a verified email, unless that is turned off', async () => {
    const name = addPoolUser(site, { attributes: { email_verified: false } });
    expectRefusal(await link(site, jwt, idToken(name)), 'email_not_verified');
    expect(await identityOwners(site)).toEqual([]);
    await withConfig(site, { users: { requireVerifiedEmail: false } }, async () => {
      expect((await link(site, jwt, idToken(name))).status).toBe(200);
    });
    expect(await identityOwners(site)).toEqual([user.id]);
  });

  test('needs one of the required groups', async () => {
    const [in_, out] = [addPoolUser(site, { groups: ['staff'] }), addPoolUser(site)];
    await withConfig(site, { users: { requiredGroups: ['staff'] } }, async () => {
      expectRefusal(await link(site, jwt, idToken(out)), 'group_required');
      expect((await link(site, jwt, idToken(in_))).status).toBe(200);
    });
  });

  test('refuses what the exchange refuses', async () => {
    const forged = site.pool.sign({ claims: site.pool.idClaims('ann'), key: 'foreign' });
    expectRefusal(await link(site, jwt, { id_token: forged }), 'token_signature');
    expectRefusal(await link(site, jwt, { access_token: 'made-up' }), 'login_expired');
    expectRefusal(await link(site, jwt, {}), 'invalid_request');
    expectRefusal(await link(site, jwt, { id_token: ['x'] }), 'invalid_request');
    expect(await identityOwners(site)).toEqual([]);
  });

  test('reads no parameters from the URL, which is logged', async () => {
    const { id_token } = site.pool.tokensFor('ann');
    const response = await fetch(`${site.strapi.url}/api/auth/cognito/link?id_token=${id_token}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${jwt}` },
    });
    expect(response.status).toBe(400);
    expect(await identityOwners(site)).toEqual([]);
  });
});

test('a link by verified email keeps provider, password and role, too', async () => {
  await site.strapi.advanced({ email_confirmation: true });
  const name = addPoolUser(site, { attributes: { email: user.email } });
  await withConfig(site, { users: { linking: 'verified-email' } }, async () => {
    expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(user.id);
  });
  expect(await site.strapi.users()).toEqual([user]);
  expectLoggedIn(await logInLocally(site, user.username));
});

describe('unlinking', () => {
  test('makes the identity unknown again, and keeps the user', async () => {
    const name = addPoolUser(site);
    await link(site, jwt, idToken(name));
    const answer = await unlink(site, jwt);
    expect(answer).toMatchObject({ status: 200, body: { user: { id: user.id } } });
    expect(await identityOwners(site)).toEqual([]);
    expect(await site.strapi.users()).toEqual([user]);
    expectLoggedIn(await logInLocally(site, user.email));

    const other = expectLoggedIn(await exchangeIdToken(site, name)).user.id;
    expect(other).not.toBe(user.id);
    expect(await identityOwners(site)).toEqual([other]);
  });

  test('does not let an identity with the user’s email log in', async () => {
    const name = addPoolUser(site, { attributes: { email: user.email } });
    await link(site, jwt, idToken(name));
    await unlink(site, jwt);
    expectRefusal(await exchangeIdToken(site, name), 'email_taken');
  });

  test('unlinks all accounts of the user, and no others', async () => {
    for (const name of [addPoolUser(site), addPoolUser(site)]) await link(site, jwt, idToken(name));
    const other = expectLoggedIn(await exchangeIdToken(site, addPoolUser(site))).user.id;
    expect((await unlink(site, jwt)).status).toBe(200);
    expect(await identityOwners(site)).toEqual([other]);
  });

  test('succeeds if nothing is linked', async () => {
    expect((await unlink(site, jwt)).status).toBe(200);
  });

  test('succeeds for a user of another provider, who needs no password', async () => {
    const other = await createUser(site, { provider: 'google' });
    const itsJwt = await issueJwt(site, other);
    expect((await link(site, itsJwt, idToken(addPoolUser(site)))).status).toBe(200);
    expect((await unlink(site, itsJwt)).status).toBe(200);
    expect(await identityOwners(site)).toEqual([]);
  });

  test.each([
    ['created by Cognito', { provider: 'cognito' }],
    [
      'created by Cognito, although the table has a password',
      { provider: 'cognito', password: PASSWORD },
    ],
    ['without a password', { provider: 'local' }],
    ['without a provider', { provider: null, password: PASSWORD }],
  ])('is refused if it would lock out a user %s', async (_, data) => {
    const stuck = await createUser(site, data);
    const itsJwt = await issueJwt(site, stuck);
    const name = addPoolUser(site);
    expect((await link(site, itsJwt, idToken(name))).status).toBe(200);
    const answer = await unlink(site, itsJwt);
    expectRefusal(answer, 'invalid_request');
    const needsPassword = data.provider === 'local';
    expect(answer.body.error?.message.includes('password')).toBe(needsPassword);
    expect(await identityOwners(site)).toEqual([stuck.id]);
    expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(stuck.id);
  });
});

describe('at once', () => {
  const ROUNDS = 12;

  test.each([
    ['link first', true],
    ['login first', false],
  ])('link and login of one identity end with one owner (%s)', async (_, linkFirst) => {
    const locals: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // A new one each time, because a user has one Cognito account.
      user = await createUser(site, { password: PASSWORD });
      locals.push(user.id);
      jwt = await issueJwt(site, user);
      const name = addPoolUser(site);
      const doors = [() => link(site, jwt, idToken(name)), () => exchangeIdToken(site, name)];
      if (!linkFirst) doors.reverse();
      const answers = await Promise.all(doors.map((enter) => enter()));
      const [linked, loggedIn] = linkFirst ? answers : [...answers].reverse();
      const { id } = expectLoggedIn(loggedIn!).user;
      if (linked!.status === 200) expect(id).toBe(user.id);
      else {
        expectRefusal(linked!, 'identity_taken');
        expect(id).not.toBe(user.id);
      }
      expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(id);
      expect((await identityOwners(site)).filter((owner) => owner === id)).not.toEqual([]);
    }
    expect(await identityOwners(site)).toHaveLength(ROUNDS);
    const strangers = (await site.strapi.users()).filter(({ provider }) => provider === 'cognito');
    expect(
      (await identityOwners(site)).filter((owner) => !locals.includes(owner ?? 0)),
    ).toHaveLength(strangers.length);
  });

  test('a login that found no user before the link logs in the linked user', async () => {
    const name = addPoolUser(site);
    // The login waits between its first read and its leases; the link releases it.
    const end = await holdIdentityReads(site, 2);
    const login = exchangeIdToken(site, name);
    await waitForHeldRequest(site);
    const linked = link(site, jwt, idToken(name));
    const answers = await Promise.all([login, linked]).finally(end);
    const { id } = expectLoggedIn(answers[0]).user;
    expect(answers[1].status).toBe(200);
    expect(id).toBe(user.id);
    expect(await site.strapi.users()).toEqual([user]);
    expect(await identityOwners(site)).toEqual([user.id]);
  });

  test('two users who link one identity: one gets it, the other gets an error', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = addPoolUser(site);
      const order = [
        await issueJwt(site, await createUser(site)),
        await issueJwt(site, await createUser(site)),
      ];
      const end = await slowReads(site, 'cognito_identities');
      const answers = await Promise.all(
        order.map((each) => link(site, each, idToken(name))),
      ).finally(end);
      const [winner, loser] = answers.sort((a, b) => a.status - b.status);
      expect(winner!.status).toBe(200);
      expectRefusal(loser!, 'identity_taken');
      expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(winner!.body.user?.id);
    }
    expect(await identityOwners(site)).toHaveLength(ROUNDS);
  });

  test('one user who links two identities gets one, and the other stays free', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const each = await createUser(site);
      const own = await issueJwt(site, each);
      const names = [addPoolUser(site), addPoolUser(site)];
      const end = await slowReads(site, 'cognito_identities');
      const answers = await Promise.all(
        names.map((name) => link(site, own, idToken(name))),
      ).finally(end);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect((await identityOwners(site)).filter((owner) => owner === each.id)).toEqual([each.id]);
    }
  });

  test('a user who is adopted and linked at the same moment gets one Cognito account', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const name = addPoolUser(site);
      const { email } = site.pool.idClaims(name);
      const adopted = await createUser(site, { email, provider: 'cognito' });
      const own = await issueJwt(site, adopted);
      const end = await slowReads(site, 'cognito_identities');
      const login = exchangeIdToken(site, name);
      // The link begins after the login has decided.
      await new Promise((resolve) => setTimeout(resolve, 10 * round));
      await Promise.all([login, link(site, own, idToken(addPoolUser(site)))]).finally(end);
      const owners = await identityOwners(site);
      expect(owners.filter((owner) => owner === adopted.id)).toEqual([adopted.id]);
    }
  });

  test('ten links of one identity by its user all succeed', async () => {
    const name = addPoolUser(site);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => link(site, jwt, idToken(name))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await identityOwners(site)).toEqual([user.id]);
  });
});
