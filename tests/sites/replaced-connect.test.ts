/* A `providers.connect` of the site, which finds and creates users by the profile that the plugin verifies. */
import { createHash } from 'node:crypto';
import { type Code, expectLoggedIn, expectRefusal } from '../support/assertions';
import { withClockAhead, withConfig } from '../support/fixtures';
import type { Site } from '../support/site';
import { OWN_CODE, setCode, useSite } from '../support/site-code';
import {
  exchangeIdToken,
  updateUser,
  addPoolUser,
  createRole,
  createUser,
  getUser,
} from '../support/users';

/** As in users-permissions, with a step of the site after it has the profile, and after it has created a user. */
const CONNECT = `'use strict';
const own = require('./own');
module.exports = ({ strapi }) => ({
  async connect(provider, query) {
    const { run } = strapi.plugin('users-permissions').service('providers-registry');
    own.askForProfile = () => run({ provider, query, accessToken: query.access_token, providers: {} });
    const profile = await own.askForProfile();
    await own.code.afterProfile?.(profile);
    const users = strapi.query('plugin::users-permissions.user');
    const found = await users.findMany({ where: { email: profile.email } });
    const user = found.find((each) => each.provider === provider);
    if (user) return user;
    const role = await strapi.query('plugin::users-permissions.role').findOne({ where: { type: 'authenticated' } });
    const made = await users.create({ data: { ...profile, provider, role: role.id, confirmed: true } });
    await own.code.afterMade?.(made);
    return made;
  },
  buildRedirectUri: (provider) => strapi.config.get('server.url') + '/api/connect/' + provider + '/callback',
});
`;

const getSite = useSite({
  cognito: { users: { roles: { admins: 'boss' }, requireVerifiedEmail: false } },
  files: {
    ...OWN_CODE,
    'src/connect.js': CONNECT,
    'src/extensions/users-permissions/strapi-server.js': `module.exports = (plugin) => {
  plugin.services.providers = require('../../connect');
  return plugin;
};
`,
  },
});

let site: Site;

beforeEach(() => {
  site = getSite();
});

test('an identity with an unverified email does not get the user whom the first login of the email’s owner is creating', async () => {
  const email = 'owner@example.com';
  const owner = addPoolUser(site, { attributes: { email } });
  const attacker = addPoolUser(site, { attributes: { email, email_verified: false } });
  // The attacker's login continues when the owner's user exists, and before the owner is linked to it.
  await setCode(site, {
    afterProfile: `async ({ username }) => {
      own.notes.push(username);
      const turns = (end) => new Promise((resolve) => {
        let left = 100;
        const look = () => (end() || (left -= 1) === 0 ? resolve() : setTimeout(look, 10));
        look();
      });
      if (username === '${attacker}') await turns(() => own.notes.includes('made'));
    }`,
    afterMade: `async () => {
      own.notes.push('made');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }`,
  });
  const byAttacker = exchangeIdToken(site, attacker);
  await site.strapi.run(async () => {
    const { own } = globalThis as unknown as { own: { notes: unknown[] } };
    while (own.notes.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  });
  const byOwner = exchangeIdToken(site, owner);
  const answers = await Promise.all([byAttacker, byOwner]);
  // The first login has created the user; the other one gets email_taken.
  expectRefusal(answers[1], 'email_taken');
  expectLoggedIn(answers[0]);
  expect(answers[0].body.user?.username).toBe(attacker);
  expect(await site.strapi.users()).toHaveLength(1);
});

test('ten concurrent first logins of one identity create one user, and all succeed', async () => {
  const name = addPoolUser(site);
  await setCode(site, {
    afterProfile: `() => new Promise((resolve) => setTimeout(resolve, 50))`,
  });
  const logins = await Promise.all(Array.from({ length: 10 }, () => exchangeIdToken(site, name)));
  const ids = logins.map((answer) => expectLoggedIn(answer).user.id);
  expect(new Set(ids).size).toBe(1);
  expect(await site.strapi.users()).toHaveLength(1);
});

test('a first login that has ended before this one had its turn counts', async () => {
  const name = addPoolUser(site);
  const { iss, sub } = site.pool.idClaims(name);
  const { id } = await createUser(site, { provider: 'cognito' });
  const digest = createHash('sha256')
    .update(JSON.stringify([iss, sub]))
    .digest('hex');
  await site.strapi.run(
    (strapi, data) => {
      const { lifecycles } = strapi.db as unknown as {
        lifecycles: { subscribe(subscriber: object): () => void };
      };
      const unsubscribe = lifecycles.subscribe({
        models: ['plugin::cognito.lease'],
        async afterCreateMany() {
          unsubscribe();
          await strapi.db.query('plugin::cognito.identity').create({ data });
        },
      });
    },
    { digest, issuer: iss, subject: sub, user: id },
  );
  expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(id);
  expect(await site.strapi.users()).toHaveLength(1);
});

test('a login that the site ends with an error delays no other', async () => {
  const name = addPoolUser(site);
  await setCode(site, { afterProfile: `() => { throw new Error('Closed today'); }` });
  expect((await exchangeIdToken(site, name)).body.error?.message).toBe('Closed today');
  expect(await site.rows('lease')).toEqual([]);
  await setCode(site, {});
  expectLoggedIn(await exchangeIdToken(site, name));
  expect(await site.rows('lease')).toEqual([]);
});

test('a user without a role gets the one of their groups', async () => {
  const name = addPoolUser(site);
  const { user } = expectLoggedIn(await exchangeIdToken(site, name));
  await createRole(site, 'boss');
  await updateUser(site, user.id, { role: null });
  expectRefusal(await exchangeIdToken(site, name), 'role_missing');
  expectLoggedIn(await exchangeIdToken(site, name, { 'cognito:groups': ['admins'] }));
  expect(await getUser(site, user.id)).toMatchObject({ role: { type: 'boss' } });
});

test('a known user without the required group is recorded with their id and sub', async () => {
  const name = addPoolUser(site);
  const { user } = expectLoggedIn(await exchangeIdToken(site, name));
  await withConfig(site, { users: { requiredGroups: ['staff'] } }, async () => {
    expectRefusal(await exchangeIdToken(site, name), 'group_required');
    expectRefusal(await exchangeIdToken(site, addPoolUser(site)), 'group_required');
  });
  await site.strapi.run((strapi) => strapi.plugin('cognito').service('login-records').flush?.());
  const refused = (await site.rows('login-record', ['account'])).slice(-2);
  expect(refused).toMatchObject([
    { outcome: 'group_required', account: { id: user.id }, subject: site.pool.idClaims(name).sub },
    { outcome: 'group_required', account: null },
  ]);
});

test('a user of provider cognito whom the first login finds is not confirmed by it', async () => {
  await site.strapi.advanced({ email_confirmation: true });
  try {
    const name = addPoolUser(site);
    const { email } = site.pool.idClaims(name);
    const { id } = await createUser(site, { email, provider: 'cognito', confirmed: false });
    expectRefusal(await exchangeIdToken(site, name), 'email_not_verified');
    expect(await getUser(site, id)).toMatchObject({ confirmed: false });
    await updateUser(site, id, { confirmed: true });
    expect(expectLoggedIn(await exchangeIdToken(site, name)).user.id).toBe(id);
  } finally {
    await site.strapi.advanced({ email_confirmation: false });
  }
});

test('a user who belongs to another identity is not that of a login with the same email', async () => {
  const email = 'owner@example.com';
  const { user } = expectLoggedIn(
    await exchangeIdToken(site, addPoolUser(site, { attributes: { email } })),
  );
  await updateUser(site, user.id, { provider: 'local' });
  for (const provider of ['local', 'cognito']) {
    await updateUser(site, user.id, { provider });
    const other = addPoolUser(site, { attributes: { email } });
    expectRefusal(await exchangeIdToken(site, other), 'email_taken');
  }
});

describe('code of the site that asks for the profile outside of connect', () => {
  /** Asks in a context of its own, which stays the same. Returns the email, or the code of the refusal. */
  const askForProfile = (token: string) =>
    site.strapi.run(async (strapi, id_token: string) => {
      const kept = globalThis as { context?: object };
      kept.context ??= { state: {}, request: { ip: '192.0.2.1' } };
      const { requestContext } = strapi as unknown as {
        requestContext: { run<T>(context: object, work: () => Promise<T>): Promise<T> };
      };
      const registry = strapi
        .plugin('users-permissions')
        .service('providers-registry') as unknown as {
        run(request: object): Promise<{ email: string }>;
      };
      const query = { id_token };
      const request = { provider: 'cognito', query, accessToken: undefined, providers: {} };
      try {
        return (await requestContext.run(kept.context, () => registry.run(request))).email;
      } catch (error) {
        return (error as { code?: string }).code;
      }
    }, token);

  test('gets it, unless the user with the email belongs to another identity', async () => {
    const name = addPoolUser(site);
    const { email } = site.pool.idClaims(name);
    const token = site.pool.sign({ claims: site.pool.idClaims(name) });
    expect(await askForProfile(token)).toBe(email);
    await createUser(site, { email });
    expect(await askForProfile(token)).toBe(email);
    await site.clearUsers();
    expectLoggedIn(await exchangeIdToken(site, addPoolUser(site, { attributes: { email } })));
    expect(await askForProfile(token)).toBe('email_taken');
  });

  test('gets none with an unverified email, if a user has the email', async () => {
    const name = addPoolUser(site, { attributes: { email_verified: false } });
    const { email } = site.pool.idClaims(name);
    const token = site.pool.sign({ claims: site.pool.idClaims(name) });
    expect(await askForProfile(token)).toBe(email);
    await createUser(site, { email });
    expect(await askForProfile(token)).toBe('email_taken');
  });

  test('gets none by a token that has expired since', async () => {
    const token = site.pool.sign({ claims: site.pool.idClaims(addPoolUser(site)) });
    expect(await askForProfile(token)).toContain('@');
    expect(await withClockAhead(site, 7_200, () => askForProfile(token))).toBe('token_expired');
  });
});

test('a connect that asks for the profile twice gets it from a one-time code, too', async () => {
  await setCode(site, {
    afterProfile: `async (profile) => {
      const again = await own.askForProfile();
      if (again.email !== profile.email) throw new Error('another profile');
    }`,
  });
  const name = addPoolUser(site);
  const { user } = expectLoggedIn(await site.loginAs(name));
  expect(await getUser(site, user.id)).toMatchObject({ email: site.pool.idClaims(name).email });
});

test.each<[Code, string]>([
  [
    'login_in_progress',
    `const name = require('node:crypto').createHash('sha256').update('links of user ' + id).digest('hex');
    const data = { name, owner: 'another login', expiresAt: Date.now() + 60_000 };
    await strapi.db.query('plugin::cognito.lease').create({ data });`,
  ],
  [
    'server_error',
    `const unsubscribe = strapi.db.lifecycles.subscribe({
      models: ['plugin::cognito.identity'],
      beforeFindMany() {
        unsubscribe();
        throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' });
      },
    });`,
  ],
])('after %s, the client can send the one-time code again', async (code, fail) => {
  const access_token = await site.code(addPoolUser(site));
  await setCode(site, { afterMade: `async ({ id }) => { ${fail} }` });
  expectRefusal(await site.exchange({ access_token }), code);
  await site.strapi.run((strapi) => strapi.db.query('plugin::cognito.lease').deleteMany({}));
  const { user } = expectLoggedIn(await site.exchange({ access_token }));
  expect(await site.strapi.users()).toMatchObject([{ id: user.id }]);
  // It works once.
  expectRefusal(await site.exchange({ access_token }), 'login_expired');
});
