import { OWN_CODE } from './site-code';
import { strapiMajor } from './strapi';

/** Strapi 5 only accepts policies by name. */
const OWN_POLICY = '(ctx, _config, { strapi }) => own.code.policy?.(ctx, strapi) ?? true';

/**
 * Overrides of users-permissions. They call the code of `setCode` with what they override, or the original where there
 * is no such code: `callback`, `connectPage`, `forgot`, `confirmation`, `me` (controllers, with `ctx`, `next` and the original action),
 * `connect`, `issue`, `fetch` (services, with the original function before their arguments), `policy` and `middleware`
 * of the callback's route. The policy is a function where Strapi accepts one, otherwise a name.
 */
const OVERRIDES = `'use strict';
const own = require('./own');
const action = (name, stock) => (ctx, next) => own.code[name] ? own.code[name](ctx, next, stock) : stock(ctx, next);
const service = (name, stock) => (...args) => own.code[name] ? own.code[name](stock, ...args) : stock(...args);
module.exports = {
  controllers: {
    auth(auth) {
      auth.callback = action('callback', auth.callback);
      auth.connect = action('connectPage', auth.connect);
      auth.forgotPassword = action('forgot', auth.forgotPassword);
      auth.sendEmailConfirmation = action('confirmation', auth.sendEmailConfirmation);
    },
    user(user) {
      user.me = action('me', user.me);
    },
  },
  services: {
    providers: (stock) => ({ connect: service('connect', stock.connect) }),
    jwt: (stock) => ({ issue: service('issue', stock.issue.bind(stock)) }),
    user: (stock) => ({ fetchAuthenticatedUser: service('fetch', stock.fetchAuthenticatedUser.bind(stock)) }),
  },
  route(routes) {
    const { config } = routes.find(({ method, path }) => method === 'GET' && path === '/auth/:provider/callback');
    config.policies = [
      ...(config.policies ?? []),
      ${strapiMajor === 4 ? OWN_POLICY : "'global::own'"},
      'global::tenant',
      { name: 'global::plan', config: { plans: ['free', 'paid'] } },
    ];
    config.middlewares = [
      ...(config.middlewares ?? []),
      'global::stamp',
      (ctx, next) => own.code.middleware ? own.code.middleware(ctx, next) : next(),
    ];
  },
};
`;

const COMMON: Readonly<Record<string, string>> = {
  ...OWN_CODE,
  'src/wraps.js': OVERRIDES,
  'src/policies/own.js': `const own = require('../own');
module.exports = ${OWN_POLICY};
`,
  'src/policies/tenant.js': `module.exports = ({ request }) => request.query.tenant !== 'closed';\n`,
  'src/policies/plan.js': `module.exports = ({ request }, { plans }) => plans.includes(request.query.plan ?? 'free');\n`,
  'src/middlewares/stamp.js': `module.exports = () => async (ctx, next) => {
  await next();
  ctx.set('x-stamp', String(ctx.query.tenant ?? 'none'));
};
`,
};

/** The overrides in an extension of users-permissions, before it is loaded. */
export const IN_EXTENSION: Readonly<Record<string, string>> = {
  ...COMMON,
  'src/extensions/users-permissions/strapi-server.js': `'use strict';
const wraps = require('../../wraps');
module.exports = (plugin) => {
  for (const [name, wrap] of Object.entries(wraps.controllers)) {
    const controller = plugin.controllers[name];
    // On Strapi 5 it is a function that creates the controller.
    if (typeof controller !== 'function') wrap(controller);
    else plugin.controllers[name] = (context) => {
      const made = controller(context);
      wrap(made);
      return made;
    };
  }
  for (const [name, wrap] of Object.entries(wraps.services)) {
    const factory = plugin.services[name];
    plugin.services[name] = (context) => {
      const stock = factory(context);
      return { ...stock, ...wrap(stock) };
    };
  }
  wraps.route(plugin.routes['content-api'].routes);
  return plugin;
};
`,
};

/** The same in \`register\`, when all plugins are loaded. */
export const IN_REGISTER: Readonly<Record<string, string>> = {
  ...COMMON,
  'src/index.js': `'use strict';
const wraps = require('./wraps');
module.exports = {
  register({ strapi }) {
    const plugin = strapi.plugin('users-permissions');
    for (const [name, wrap] of Object.entries(wraps.controllers)) wrap(plugin.controller(name));
    for (const [name, wrap] of Object.entries(wraps.services)) {
      const service = plugin.service(name);
      Object.assign(service, wrap({ ...service }));
    }
    wraps.route(plugin.routes['content-api'].routes);
  },
  bootstrap() {},
};
`,
};

/** Where a site can override users-permissions. */
export const OVERRIDE_LOCATIONS = [
  ['src/extensions', IN_EXTENSION],
  ['register of src/index', IN_REGISTER],
] as const;
