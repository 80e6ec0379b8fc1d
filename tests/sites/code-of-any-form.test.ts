/* Code of a site that does not just wrap the original functions: all of it works with the built-in provider too. */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expectLoggedIn } from '../support/assertions';
import type { Answer, Site } from '../support/site';
import {
  PROVIDERS,
  type Provider,
  LOGIN_METHODS,
  findLogLines,
  logIn,
  startWithKeys,
} from '../support/site-code';
import {
  type StrapiOptions,
  packageRoot,
  strapiMajor,
  usersPermissionsSchema,
} from '../support/strapi';
import { addPoolUser } from '../support/users';

const EXTENSION = 'src/extensions/users-permissions';

/** Starts the same site with each provider, for the tests of a `describe`. */
function useSites(options: StrapiOptions): (provider: Provider) => Site {
  const sites: Partial<Record<Provider, Site>> = {};
  beforeAll(async () => {
    for (const provider of PROVIDERS) {
      const plugin = provider === 'plugin' ? undefined : false;
      sites[provider] = await startWithKeys({ ...options, plugin });
    }
  });
  return (provider) => sites[provider]!;
}

/** Logs in twice as one user, and expects working JWTs. Returns the second response. */
async function logInTwice(site: Site, login: typeof logIn): Promise<Answer> {
  await site.strapi.run((strapi) => strapi.db.query('plugin::users-permissions.user').deleteMany());
  const name = addPoolUser(site);
  const logInOnce = async () => {
    const answer = await login(site, name);
    expect((await site.me(expectLoggedIn(answer).jwt)).status).toBe(200);
    return answer;
  };
  await logInOnce();
  return logInOnce();
}

const schemaWithColumns = () => {
  const schema = usersPermissionsSchema('user');
  schema.attributes.email!.columnName = 'mail_address';
  schema.attributes.username!.columnName = 'login_name';
  return schema;
};

describe('factories that use the database, a service as a class, routes of the site’s own, other column names', () => {
  const site = useSites({
    files: {
      [`${EXTENSION}/content-types/user/schema.json`]: JSON.stringify(schemaWithColumns()),
      [`${EXTENSION}/strapi-server.js`]: `'use strict';
/** Like the original, but with the database and the store, when Strapi first needs it. */
const withDatabase = (make) => ({ strapi }) => {
  const users = strapi.db.query('plugin::users-permissions.user');
  const store = strapi.store({ type: 'plugin', name: 'users-permissions' });
  return make({ strapi, users, store });
};
module.exports = (plugin) => {
  const { providers } = plugin.services;
  class Providers {
    #calls = 0;
    constructor(stock) { this.stock = stock; }
    connect(...args) { this.#calls += 1; return this.#calls % 2 === 1 ? this.connect(...args) : this.stock.connect(...args); }
    buildRedirectUri(name) { return this.stock.buildRedirectUri(name); }
    callCount() { return this.#calls; }
  }
  plugin.services.providers = withDatabase(({ strapi }) => new Providers(providers({ strapi })));

  const { auth } = plugin.controllers;
  const count = (stock) => ({ ...stock, calls: 0, callback(ctx) { this.calls += 1; return stock.callback(ctx); } });
  // On Strapi 4 it is an object.
  if (typeof auth !== 'function') plugin.controllers.auth = count(auth);
  else plugin.controllers.auth = withDatabase(({ strapi, users }) => {
    const stock = auth({ strapi });
    return count({ ...stock, async callback(ctx) { ctx.set('x-users', String(await users.count())); return stock.callback(ctx); } });
  });

  const splitConnect = (route) => route.path !== '/connect/(.*)' ? [route] : [
    { ...route, path: '/connect/:provider' },
    { ...route, path: '/connect/:provider/callback' },
  ];
  const split = (router) => ({ ...router, routes: Object.freeze(router.routes.flatMap(splitConnect)) });
  const routes = plugin.routes['content-api'];
  plugin.routes['content-api'] = typeof routes === 'function' ? (context) => split(routes(context)) : split(routes);
  const registry = plugin.services['providers-registry'];
  plugin.services['providers-registry'] = (context) => Object.freeze(registry(context));
  return plugin;
};
`,
    },
  });

  test.each(LOGIN_METHODS)('%s, by %s: users log in', async (provider, _method, login) => {
    const { headers } = await logInTwice(site(provider), login);
    if (strapiMajor === 5) expect(headers.get('x-users')).toBe('1');
  });

  test.each(PROVIDERS)('%s: a controller of the site counts its calls', async (provider) => {
    const countCalls = () =>
      site(provider).strapi.run((strapi) => {
        const users = strapi.plugin('users-permissions') as unknown as {
          controller(name: string): { calls: number };
        };
        return users.controller('auth').calls;
      });
    const before = await countCalls();
    await logInTwice(site(provider), logIn);
    expect(await countCalls()).toBe(before + 2);
  });

  test.each(PROVIDERS)('%s: the service has all its members', async (provider) => {
    const members = await site(provider).strapi.run((strapi) => {
      const service = strapi.plugin('users-permissions').service('providers');
      return [typeof service.callCount?.(), typeof service.buildRedirectUri, 'stock' in service];
    });
    expect(members).toEqual(['number', 'function', true]);
  });

  test.each(PROVIDERS)('%s: the rate limit has all its functions', async (provider) => {
    const names = await site(provider).strapi.run((strapi) => {
      const middleware = strapi.middleware as (uid: string) => object;
      return Object.keys(middleware.call(strapi, 'plugin::users-permissions.rateLimit'));
    });
    expect(names.includes('buildPrefixKey')).toBe(strapiMajor === 5);
  });

  test('plugin: a browser logs in by the routes of the site', async () => {
    expectLoggedIn(await site('plugin').loginAs(addPoolUser(site('plugin'))));
  });

  test('plugin: logs no warning', async () => {
    expect(await findLogLines(site('plugin'), /(?:warn|error): \[cognito\]/)).toEqual([]);
  });
});

describe('auth.callback replaced in register, a service that requires its parameters, copies of all services, own routes and middlewares', () => {
  const session = '(ctx) => ({ grant: { response: ctx.query } })';
  const site = useSites({
    config: {
      middlewares: [
        ...[
          'logger',
          'errors',
          'security',
          'cors',
          'query',
          'body',
          'session',
          'favicon',
          'public',
        ].map((name) => `strapi::${name}`),
        'global::errors',
        'global::fixed',
      ],
    },
    files: {
      [`${EXTENSION}/strapi-server.js`]: `'use strict';
module.exports = (plugin) => {
  const { user } = plugin.services;
  plugin.services.user = (context) => {
    const stock = user(context);
    return { ...stock, fetch: (id, { populate, ...params }) => stock.fetch(id, { ...params, populate }) };
  };
  const { providers } = plugin.services;
  plugin.services.providers = (context) => {
    const stock = providers(context);
    return {
      ...stock,
      calls: 0,
      connect(...args) {
        this.calls += 1;
        return stock.connect(...args);
      },
      callCount() {
        return this.calls;
      },
    };
  };
  plugin.middlewares.rateLimit = () => (ctx, next) => {
    ctx.set('x-limit', ctx.path);
    return next();
  };
  return plugin;
};
`,
      'src/middlewares/errors.js': `'use strict';
module.exports = () => async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    const { message, status, details } = error;
    const isStrapi = error instanceof require('@strapi/utils').errors.ApplicationError;
    ctx.status = 418;
    ctx.body = { message, status, code: details.code, isStrapi };
  }
};
`,
      'src/middlewares/fixed.js': `'use strict';
module.exports = () => (ctx, next) => {
  if (ctx.query.fixed === undefined) return next();
  const { query } = ctx;
  Object.defineProperty(ctx, 'query', { get: () => query });
  return next();
};
`,
      'src/index.js': `'use strict';
module.exports = {
  register({ strapi }) {
    const services = strapi${strapiMajor === 5 ? '' : '.container'}.get('services');
    // As code that measures all services does.
    for (const uid of services.keys().filter((each) => each.startsWith('plugin::'))) {
      services.extend(uid, (service) => ({ ...service }));
    }
    strapi.server.router.get('/outside', (ctx, next) => require('./api/enter/controllers/enter').derived(ctx, next));
    const auth = strapi.plugin('users-permissions').controller('auth');
    const stock = auth.callback;
    // The stock code of Strapi.
    auth.callback = async (ctx, next) => {
      if (ctx.query.stock !== undefined) return stock(ctx, next);
      const query = ${strapiMajor === 5 ? 'ctx.session?.grant?.response' : 'ctx.query'};
      if (!query) return ctx.badRequest('no session');
      const { providers, jwt } = strapi.plugin('users-permissions').services;
      const user = await providers.connect(ctx.params.provider, query, { grantResponse: query });
      return ctx.send({ jwt: await jwt.issue({ id: user.id }), user });
    };
  },
  bootstrap() {},
};
`,
      'src/api/enter/routes/enter.js': `'use strict';
const route = (name) => ({ method: 'GET', path: '/enter/' + name, handler: 'enter.' + name, config: { auth: false } });
module.exports = { routes: [route('derived'), route('plain'), route('session')] };
`,
      'src/api/enter/controllers/enter.js': `'use strict';
const session = ${session};
const enter = (ctx, next) => strapi.plugin('users-permissions').controller('auth').callback(ctx, next);
module.exports = {
  derived: (ctx, next) => enter(Object.create(ctx, {
    params: { value: { provider: 'cognito' } },
    session: { value: session(ctx) },
  }), next),
  plain: (ctx, next) => enter({
    params: { provider: 'cognito' },
    query: ctx.query,
    request: ctx.request,
    state: ctx.state,
    session: session(ctx),
    send: (body) => ctx.send(body),
  }, next),
  async session(ctx, next) {
    const credentials = { access_token: ctx.query.token, id_token: ctx.query.token };
    ctx.params.provider = 'cognito';
    ${strapiMajor === 5 ? 'ctx.session.grant = { response: credentials };' : 'Object.assign(ctx.query, credentials);'}
    await enter(ctx, next);
    delete ctx.session.grant;
  },
};
`,
    },
  });

  test.each(LOGIN_METHODS)('%s, by %s: users log in', async (provider, _method, login) => {
    await logInTwice(site(provider), login);
  });

  test.each(PROVIDERS)('%s: a service of the site counts its calls', async (provider) => {
    const countCalls = () =>
      site(provider).strapi.run((strapi) => {
        const service = strapi.plugin('users-permissions').service('providers');
        return [service.callCount?.() as number, service.calls as unknown as number];
      });
    const before = await countCalls();
    await logInTwice(site(provider), logIn);
    expect(await countCalls()).toEqual(before.map((count) => count + 2));
  });

  test.each(PROVIDERS)('%s: a rate limit of the site’s own', async (provider) => {
    const { headers } = await fetch(site(provider).connectUrl, { redirect: 'manual' });
    expect(headers.get('x-limit')).toBe('/api/connect/cognito');
  });

  test.each([
    ['a controller with a derived context', '/api/enter/derived'],
    ['a controller with a plain context', '/api/enter/plain'],
    ['a route outside of the content API', '/outside'],
    [
      'a controller that puts the credentials where Strapi reads them',
      '/api/enter/session',
      'token',
    ],
  ])('%s', async (_name, address, ...parameterNames) => {
    for (const provider of PROVIDERS) {
      const { pool, strapi } = site(provider);
      const id_token = pool.sign({ claims: pool.idClaims(addPoolUser(site(provider))) });
      const names = parameterNames.length > 0 ? parameterNames : ['access_token', 'id_token'];
      const query = new URLSearchParams(names.map((name) => [name, id_token]));
      query.set('stock', '');
      const response = await fetch(`${strapi.url}${address}?${query.toString()}`);
      expect(response.status).toBe(200);
      expect((await response.json()) as object).toHaveProperty('jwt');
    }
  });

  test('a middleware that makes ctx.query read-only', async () => {
    const { exchangeUrl, pool } = site('plugin');
    const id_token = pool.sign({ claims: pool.idClaims(addPoolUser(site('plugin'))) });
    const response = await fetch(`${exchangeUrl}?fixed&stock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id_token }),
    });
    expect(response.status).toBe(200);
  });

  test('a middleware sees the errors of a login, and responds itself', async () => {
    const refused = async (provider: Provider) =>
      site(provider).exchange({ access_token: 'a.b.c', id_token: 'a.b.c', stock: '' });
    expect((await refused('built-in')).status).toBe(418);
    expect(await refused('plugin')).toMatchObject({
      status: 418,
      body: {
        message: 'The token is not a well-formed Cognito token.',
        status: 401,
        code: 'token_malformed',
      },
    });
  });

  test.each(PROVIDERS)('%s: a middleware sees an error of Strapi’s own', async (provider) => {
    await site(provider).strapi.setGrant({ enabled: false });
    const { body } = await site(provider).exchange({ access_token: 'x', stock: '' });
    await site(provider).strapi.setGrant({ enabled: true });
    const message = expect.stringMatching(/^This provider is disabled/) as string;
    expect(body).toMatchObject({ message, isStrapi: true });
  });

  test('HEAD requests and unknown steps leave no error in the log', async () => {
    const { connectUrl, exchangeUrl, strapi } = site('plugin');
    await strapi.forgetLogs();
    const statuses = [];
    for (const [method, url] of [
      ['HEAD', exchangeUrl],
      ['HEAD', connectUrl],
      ['GET', `${connectUrl}/unknown`],
    ] as const) {
      statuses.push((await fetch(url, { method })).status);
    }
    expect(statuses).toEqual([405, 405, 404]);
    expect(await findLogLines(site('plugin'), ' error: ')).toEqual([]);
  });
});

test.each(
  PROVIDERS.flatMap((provider) => [
    [provider, 'providers', 'connect'] as const,
    [provider, 'providers-registry', 'run'] as const,
  ]),
)('%s: a plugin that wraps %s.%s while it is loaded', async (provider, service, method) => {
  const folder = 'src/plugins/gate';
  const withPlugin = provider === 'plugin';
  const cognito = { enabled: true, resolve: process.env.PLUGIN_UNDER_TEST ?? packageRoot };
  const plugins = {
    // Strapi loads it before the next one.
    gate: { enabled: true, resolve: `./${folder}` },
    ...(withPlugin && { cognito }),
    'users-permissions': { config: { jwtSecret: 'jwt-secret-of-the-test' } },
  };
  const site = await startWithKeys({
    ...(!withPlugin && { plugin: false }),
    config: { plugins: `module.exports = ${JSON.stringify(plugins)};` },
    files: {
      [`${folder}/package.json`]: JSON.stringify({
        name: 'gate',
        strapi: { kind: 'plugin', name: 'gate' },
        exports: { './strapi-server': './strapi-server.js', './package.json': './package.json' },
      }),
      [`${folder}/strapi-server.js`]: `'use strict';
const loaded = require('@strapi/plugin-users-permissions/strapi-server');
const { services } = typeof loaded === 'function' ? loaded() : loaded;
const factory = services['${service}'];
services['${service}'] = (context) => {
  const stock = factory(context);
  const wrap = (first, ...rest) => {
    if ((first.query ?? rest[0]).staff === undefined) throw new Error('Only for staff');
    return stock.${method}(first, ...rest);
  };
  return { ...stock, ${method}: wrap };
};
module.exports = { register() {}, bootstrap() {} };
`,
    },
  });
  const name = addPoolUser(site);
  const { status, body } = await logIn(site, name);
  expect({ status, message: body.error?.message }).toEqual({
    status: 400,
    message: 'Only for staff',
  });
  expect(await site.strapi.users()).toEqual([]);
  const query = { staff: '1' };
  const { user } = expectLoggedIn(await logIn(site, name, { query }));
  expect(expectLoggedIn(await logIn(site, name, { query })).user.id).toBe(user.id);
  const lines = await findLogLines(site, 'the site replaces the service');
  expect(lines).toHaveLength(withPlugin && method === 'connect' ? 1 : 0);
  await site.stop();
});

test('a copy of users-permissions with another name', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'users-permissions-'));
  try {
    const packages = path.join(packageRoot, 'node_modules');
    const copy = path.join(folder, 'copy');
    await symlink(packages, path.join(folder, 'node_modules'), 'dir');
    await cp(path.join(packages, '@strapi/plugin-users-permissions'), copy, { recursive: true });
    const description = path.join(copy, 'package.json');
    const text = await readFile(description, 'utf8');
    await writeFile(description, text.replace('"@strapi/plugin-', '"@example/'));
    const plugins = {
      'users-permissions': {
        enabled: true,
        resolve: copy,
        config: { jwtSecret: 'jwt-secret-of-the-test' },
      },
      cognito: { enabled: true, resolve: process.env.PLUGIN_UNDER_TEST ?? packageRoot },
    };
    const site = await startWithKeys({
      config: { plugins: `module.exports = ${JSON.stringify(plugins)};` },
    });
    expectLoggedIn(await site.loginAs(addPoolUser(site)));
    expect(await findLogLines(site, /(?:warn|error): \[cognito\]/)).toEqual([]);
    await site.stop();
  } finally {
    await rm(folder, { recursive: true });
  }
});
