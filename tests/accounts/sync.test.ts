import { expectLoggedIn } from '../support/assertions';
import { withQueries } from '../support/queries';
import { type Answer, type Site, startSite } from '../support/site';
import {
  PASSWORD,
  exchangeIdToken,
  updateUser,
  issueJwt,
  link,
  addPoolUser,
  createUser,
  setHooks,
  HOOKED_USERS,
  slowReads,
  getUser,
  warnings,
  withUsers,
} from '../support/users';

let site: Site;

beforeAll(async () => {
  site = await startSite({ cognito: `{ users: ${HOOKED_USERS} }` });
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
});

beforeEach(async () => {
  await site.clearUsers();
  await setHooks(site, {});
  await site.strapi.advanced({ unique_email: true });
  await site.strapi.forgetLogs();
});

const userAfter = async (login: Promise<Answer> | Answer) =>
  getUser(site, expectLoggedIn(await login).user.id);

const setEmail = (name: string, email: string, email_verified: unknown = true) =>
  Object.assign(site.pool.user(name).attributes, { email, email_verified });

/** The statements that write to tables during `work`. */
async function writesDuring(work: () => Promise<unknown>): Promise<string[]> {
  const { queries } = await withQueries(site.strapi, work);
  return queries.filter((sql) => /^\s*(insert|update|delete|replace)/i.test(sql));
}

describe('an email that changes in Cognito', () => {
  test('is updated if it is verified, in lower case', async () => {
    const name = addPoolUser(site);
    const { id, username } = await userAfter(exchangeIdToken(site, name));
    setEmail(name, 'Moved@Example.COM');
    const answer = await exchangeIdToken(site, name);
    expect(answer.body.user).toMatchObject({ id, email: 'moved@example.com' });
    expect(await getUser(site, id)).toMatchObject({ email: 'moved@example.com', username });
  });

  test.each([false, 'false', 'True', 1, null, ''])(
    'is not updated if email_verified is %j: the user keeps the old one',
    async (verified) => {
      const name = addPoolUser(site);
      const user = await userAfter(exchangeIdToken(site, name));
      setEmail(name, 'moved@example.com', verified);
      expect(await userAfter(exchangeIdToken(site, name))).toEqual(user);
      setEmail(name, 'moved@example.com', 'true');
      expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({
        email: 'moved@example.com',
      });
    },
  );

  test.each(['local', 'cognito', 'google'])(
    'and is that of another user (%s) is not saved, with a warning, and the login succeeds',
    async (provider) => {
      const other = await createUser(site, { provider });
      const name = addPoolUser(site);
      const user = await userAfter(exchangeIdToken(site, name));
      setEmail(name, other.email);
      expect(await userAfter(exchangeIdToken(site, name))).toEqual(user);
      expect(await getUser(site, other.id)).toEqual(other);
      const said = await warnings(site);
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(
        new RegExp(`user ${String(user.id)} keeps the old email: another user`),
      );
      expect(said[0]).not.toContain(other.email);

      await updateUser(site, other.id, { email: 'gone@example.com' });
      expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ email: other.email });
    },
  );

  test('and belongs to another user is updated if unique_email is off', async () => {
    const other = await createUser(site);
    const name = addPoolUser(site);
    await exchangeIdToken(site, name);
    await site.strapi.advanced({ unique_email: false });
    setEmail(name, other.email);
    expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ email: other.email });
  });

  test('to one that two logins want at the same time goes to one of them', async () => {
    for (let round = 0; round < 5; round += 1) {
      const names = [addPoolUser(site), addPoolUser(site)];
      for (const name of names) await exchangeIdToken(site, name);
      const wanted = `wanted${String(round)}@example.com`;
      names.forEach((name) => setEmail(name, wanted));
      const end = await slowReads(site, 'up_users');
      const answers = await Promise.all(names.map((name) => exchangeIdToken(site, name))).finally(
        end,
      );
      answers.forEach(expectLoggedIn);
      const owners = (await site.strapi.users()).filter(({ email }) => email === wanted);
      expect(owners).toHaveLength(1);
    }
  });

  test('of a linked local user does not change', async () => {
    const user = await createUser(site, { password: PASSWORD, confirmed: false });
    const name = addPoolUser(site);
    const { id_token } = site.pool.tokensFor(name);
    expect((await link(site, await issueJwt(site, user), { id_token })).status).toBe(200);
    setEmail(name, 'moved@example.com');
    expect(await userAfter(exchangeIdToken(site, name))).toEqual(user);
  });

  test('is not updated with users.syncOnLogin off', async () => {
    await withUsers(site, { syncOnLogin: false }, async () => {
      const name = addPoolUser(site);
      const user = await userAfter(exchangeIdToken(site, name));
      setEmail(name, 'moved@example.com');
      expect(await userAfter(exchangeIdToken(site, name))).toEqual(user);
    });
  });
});

describe('confirmed', () => {
  test('is set with the verified email, and not reset', async () => {
    const name = addPoolUser(site, { attributes: { email_verified: false } });
    await withUsers(site, { requireVerifiedEmail: false }, async () => {
      expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ confirmed: false });
      expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ confirmed: false });
      site.pool.user(name).attributes.email_verified = 'true';
      expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ confirmed: true });
      site.pool.user(name).attributes.email_verified = false;
      expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ confirmed: true });
    });
  });
});

describe('a login of a known user', () => {
  test('writes nothing if nothing has changed', async () => {
    const name = addPoolUser(site);
    const user = await userAfter(exchangeIdToken(site, name));
    const writes = await writesDuring(async () => {
      expectLoggedIn(await exchangeIdToken(site, name));
      expectLoggedIn(await site.exchangeByPost({ id_token: site.pool.tokensFor(name).id_token }));
    });
    expect(writes).toEqual([]);
    expect(await getUser(site, user.id)).toEqual(user);
  });

  test('writes the user once if something has changed', async () => {
    const name = addPoolUser(site, { attributes: { email_verified: false } });
    await withUsers(site, { requireVerifiedEmail: false }, () => exchangeIdToken(site, name));
    setEmail(name, 'moved@example.com');
    const writes = await writesDuring(() => exchangeIdToken(site, name));
    expect(writes.filter((sql) => /^update .?up_users\b/i.test(sql))).toHaveLength(1);
    // The identity records once that the email is now verified.
    expect(writes.filter((sql) => sql.includes('cognito_identities'))).toEqual([
      expect.stringMatching(/^update .*\bset .?awaits_verification\b/),
    ]);
    setEmail(name, 'moved-again@example.com');
    const later = await writesDuring(() => exchangeIdToken(site, name));
    expect(later.filter((sql) => /^update .?up_users\b/i.test(sql))).toHaveLength(1);
    expect(later.filter((sql) => sql.includes('cognito_identities'))).toEqual([]);
  });

  test('confirms users whom it created unconfirmed, but no user whom the site has unconfirmed', async () => {
    const name = addPoolUser(site);
    const { id } = await userAfter(exchangeIdToken(site, name));
    await updateUser(site, id, { confirmed: false });
    expect(await userAfter(exchangeIdToken(site, name))).toMatchObject({ confirmed: false });
  });

  test('never restores a password, a token or a role', async () => {
    const name = addPoolUser(site);
    const { id } = await userAfter(exchangeIdToken(site, name));
    await updateUser(site, id, { resetPasswordToken: 'hidden', confirmationToken: 'hidden' });
    setEmail(name, 'moved@example.com');
    const { body } = await exchangeIdToken(site, name);
    expect(JSON.stringify(body)).not.toMatch(/hidden|password|token|role/i);
  });
});
