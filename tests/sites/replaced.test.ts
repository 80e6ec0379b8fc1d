/* Whole parts of users-permissions that the site has replaced, reduced or removed. */
import { expectLoggedIn } from '../support/assertions';
import { Browser } from '../support/browser';
import { callAdmin } from '../support/admin';
import { type Site, startSite } from '../support/site';
import type { StrapiOptions } from '../support/strapi';
import {
  OWN_CODE,
  PROVIDERS,
  type Provider,
  findLogLines,
  logIn,
  startBoth,
  startWithKeys,
} from '../support/site-code';
import { addPoolUser } from '../support/users';

/** An extension of users-permissions, and code of \`src/index\`. */
const extension = (body: string, index = ''): Record<string, string> => ({
  ...OWN_CODE,
  'src/extensions/users-permissions/strapi-server.js': `module.exports = (plugin) => {
  ${body}
  return plugin;
};
`,
  'src/index.js': `module.exports = {
  register({ strapi }) { ${index} },
  bootstrap() {},
};
`,
});

async function withBoth(
  files: Record<string, string>,
  work: (site: Site, provider: Provider) => Promise<void>,
): Promise<void> {
  const both = await startBoth({ files });
  try {
    for (const provider of PROVIDERS) await work(both[provider], provider);
  } finally {
    await Promise.all(PROVIDERS.map((provider) => both[provider].stop()));
  }
}

/** Expects that two logins of an identity are one user, with a JWT that works. */
async function expectLogins(site: Site): Promise<number> {
  const name = addPoolUser(site);
  const { user, jwt } = expectLoggedIn(await logIn(site, name));
  expect((await site.me(jwt)).status).toBe(200);
  expect(expectLoggedIn(await logIn(site, name)).user.id).toBe(user.id);
  return user.id;
}

/** Expects that an id_token with a foreign key is refused, whatever the site has replaced. */
async function expectForgedRefused(site: Site): Promise<void> {
  const before = await site.strapi.users();
  const claims = site.pool.idClaims(addPoolUser(site));
  const id_token = site.pool.sign({ claims, key: 'foreign' });
  const { status, body } = await site.exchange({ access_token: id_token, id_token });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(body.jwt).toBeUndefined();
  expect(await site.strapi.users()).toEqual(before);
}

/** Expects that a valid token of another client is refused, which the built-in provider accepts. */
async function expectAudienceChecked(site: Site): Promise<void> {
  const claims = { ...site.pool.idClaims(addPoolUser(site)), aud: 'another-client' };
  const id_token = site.pool.sign({ claims });
  expect((await site.exchange({ access_token: id_token, id_token })).status).not.toBe(200);
}

test.each<[string, StrapiOptions]>([
  [
    'a service providers without buildRedirectUri',
    {
      files: extension(`
        const providers = plugin.services.providers;
        plugin.services.providers = (context) => ({ connect: providers(context).connect });
      `),
    },
  ],
  [
    'a buildRedirectUri that returns a path',
    {
      files: extension(`
        const providers = plugin.services.providers;
        plugin.services.providers = (context) => ({
          ...providers(context),
          buildRedirectUri: (provider) => '/api/connect/' + provider + '/callback',
        });
      `),
    },
  ],
])('Strapi starts, and users log in, with %s', async (_name, options) => {
  const site = await startSite(options);
  try {
    expectLoggedIn(await site.loginAs(addPoolUser(site)));
  } finally {
    await site.stop();
  }
});

test('controllers and registry reduced to what is used', async () => {
  const files = extension(`
    const { auth } = plugin.controllers;
    const trim = ({ connect, callback }) => ({ connect, callback });
    // On Strapi 5 it is a function that creates the controller.
    plugin.controllers.auth = typeof auth === 'function' ? (context) => trim(auth(context)) : trim(auth);
    plugin.routes['content-api'].routes = plugin.routes['content-api'].routes.filter(
      ({ handler }) => !handler.startsWith('auth.') || ['auth.connect', 'auth.callback'].includes(handler),
    );
    const registry = plugin.services['providers-registry'];
    plugin.services['providers-registry'] = (context) => {
      const { getAll, get, run } = registry(context);
      const { email, cognito } = getAll();
      return { getAll: () => ({ email, cognito }), get, run };
    };
  `);
  await withBoth(files, async (site, provider) => {
    await expectLogins(site);
    await expectForgedRefused(site);
    if (provider === 'plugin') await expectAudienceChecked(site);
    const register = await fetch(`${site.strapi.url}/api/auth/local/register`, { method: 'POST' });
    expect([404, 405]).toContain(register.status);
  });
});

test('a registry without cognito', async () => {
  const files = extension(`
    const registry = plugin.services['providers-registry'];
    plugin.services['providers-registry'] = (context) => {
      const stock = registry(context);
      stock.remove('cognito');
      return stock;
    };
  `);
  const site = await startWithKeys({ files });
  try {
    await expectLogins(site);
    await expectAudienceChecked(site);
  } finally {
    await site.stop();
  }
});

test('an authCallback of the site for cognito is named in a warning at startup', async () => {
  const files = extension(
    '',
    `
    strapi.plugin('users-permissions').service('providers-registry').add('cognito', {
      enabled: true,
      icon: 'aws',
      grantConfig: { key: '', secret: '', subdomain: '', callback: '', scope: ['email', 'openid', 'profile'] },
      authCallback: async ({ query }) => ({ username: 'of-the-site', email: 'site@example.com', hint: query.hint }),
    });`,
  );
  await withBoth(files, async (site, provider) => {
    const { user } = expectLoggedIn(await logIn(site, addPoolUser(site)));
    if (provider === 'built-in') {
      expect(user).toMatchObject({ username: 'of-the-site' });
    } else {
      expect(await findLogLines(site, /warn.*\[cognito\].*authCallback/)).toHaveLength(1);
      expect(user).not.toMatchObject({ username: 'of-the-site' });
      await expectForgedRefused(site);
    }
  });
});

test('an authCallback that the site sets in the object of the provider is named in a warning', async () => {
  const files = {
    'src/index.js': `module.exports = {
  register() {},
  bootstrap({ strapi }) {
    const registry = strapi.plugin('users-permissions').service('providers-registry');
    registry.get('cognito').authCallback = async () => ({ username: 'of-the-site', email: 'site@example.com' });
  },
};
`,
    'src/api/ask/routes/ask.js': `module.exports = {
  routes: [{ method: 'GET', path: '/ask', handler: 'ask.ask', config: { auth: false } }],
};
`,
    'src/api/ask/controllers/ask.js': `module.exports = {
  ask: ({ query }) =>
    strapi.plugin('users-permissions').service('providers-registry').run({ provider: 'cognito', query }),
};
`,
  };
  await withBoth(files, async (site, provider) => {
    const name = addPoolUser(site);
    const id_token = site.pool.sign({ claims: site.pool.idClaims(name) });
    const response = await fetch(`${site.strapi.url}/api/ask?id_token=${id_token}`);
    const isOfSite = provider === 'built-in';
    expect(await response.json()).toMatchObject({ username: isOfSite ? 'of-the-site' : name });
    const lines = await findLogLines(site, /warn.*\[cognito\].*authCallback/);
    expect(lines).toHaveLength(isOfSite ? 0 : 1);
  });
});

/* A site's copy of the file of users-permissions, with one more field and a check. */
const COPY = `
    const _ = require('lodash');
    plugin.services.providers = ({ strapi }) => {
      const getService = (name) => strapi.plugin('users-permissions').service(name);
      const getProfile = async (provider, query, { grantResponse }) => {
        const accessToken = query.access_token || query.code || query.oauth_token;
        const providers = await strapi.store({ type: 'plugin', name: 'users-permissions', key: 'grant' }).get();
        return getService('providers-registry').run({ provider, query, accessToken, providers, grantResponse });
      };
      const connect = async (provider, query, options = {}) => {
        if (query.tenant === 'closed') throw new Error('Not your tenant');
        const accessToken = query.access_token || query.code || query.oauth_token;
        if (!accessToken) throw new Error('No access_token.');
        const profile = await getProfile(provider, query, options);
        const email = _.toLower(profile.email);
        if (!email) throw new Error('Email was not available.');
        const users = await strapi.query('plugin::users-permissions.user').findMany({ where: { email } });
        const advanced = await strapi.store({ type: 'plugin', name: 'users-permissions', key: 'advanced' }).get();
        const user = _.find(users, { provider });
        if (_.isEmpty(user) && !advanced.allow_register) throw new Error('Register action is actually not available.');
        if (!_.isEmpty(user)) return user;
        if (users.length && advanced.unique_email) throw new Error('Email is already taken.');
        const role = await strapi.query('plugin::users-permissions.role').findOne({ where: { type: advanced.default_role } });
        const data = { ...profile, email, provider, role: role.id, confirmed: true, resetPasswordToken: 'made by the site' };
        return strapi.query('plugin::users-permissions.user').create({ data });
      };
      return { connect, buildRedirectUri: (name = '') => strapi.config.get('server.url') + '/api/connect/' + name + '/callback' };
    };
`;

test('providers.connect fully replaced: used, or named at startup and in Check connection', async () => {
  await withBoth(extension(COPY), async (site, provider) => {
    await expectForgedRefused(site);
    const named = await findLogLines(site, /(warn|error).*\[cognito\].*providers\.connect/);
    const gated = await logIn(site, addPoolUser(site), { query: { tenant: 'closed' } });
    const good = await logIn(site, addPoolUser(site));
    const rows = await site.strapi.users();
    const used = rows.some(({ resetPasswordToken }) => resetPasswordToken === 'made by the site');
    if (provider === 'built-in') {
      expect({ gated: gated.status, good: good.status, used }).toEqual({
        gated: 400,
        good: 200,
        used: true,
      });
    } else {
      // An ignored check is reported.
      expect(gated.status !== 200 || named.length > 0).toBe(true);
      expect(used || named.length > 0).toBe(true);
      expect(named.length).toBeLessThanOrEqual(1);
      if (named.length > 0) {
        const diagnostics = await callAdmin(site, await site.strapi.admin(), 'GET', '/diagnostics');
        expect(JSON.stringify(diagnostics.body)).toContain('providers.connect');
      }
      await expectAudienceChecked(site);
    }
  });
});

test('without the login routes, Strapi starts, and no login is possible', async () => {
  const files = extension(`
    plugin.routes['content-api'].routes = plugin.routes['content-api'].routes.filter(
      ({ path }) => path !== '/auth/:provider/callback' && !path.startsWith('/connect'),
    );
  `);
  const site = await startWithKeys({ files });
  try {
    const name = addPoolUser(site);
    const { id_token } = site.pool.tokensFor(name);
    expect([404, 405]).toContain((await logIn(site, name)).status);
    const post = await fetch(site.exchangeUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id_token }),
    });
    expect([404, 405]).toContain(post.status);
    expect((await new Browser().get(site.connectUrl)).status).toBe(404);
    expect(await site.strapi.users()).toEqual([]);
  } finally {
    await site.stop();
  }
});
