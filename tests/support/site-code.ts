import { randomUUID } from 'node:crypto';
import type { Claims } from './pool';
import { type Answer, type Site, toAnswer, startSite } from './site';
import type { StrapiOptions } from './strapi';

/** The two ways to log in with Cognito: users-permissions' built-in provider, or the plugin. */
export const PROVIDERS = ['built-in', 'plugin'] as const;

export type Provider = (typeof PROVIDERS)[number];

/** Enough for two boots on a busy machine. */
const BOOT_MS = 120_000;

/** The two sites of {@link startBoth}. */
export type Both = Readonly<Record<Provider, Site>>;

/** Starts a site for {@link logIn}: the JWKS URL is set from the start, which the built-in provider requires. */
export async function startWithKeys(options: StrapiOptions = {}): Promise<Site> {
  const site = await startSite(options);
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
  return site;
}

/** Starts the same site twice: with the built-in provider, and with the plugin. */
export async function startBoth(options: StrapiOptions = {}): Promise<Both> {
  const [builtIn, plugin] = await Promise.all([
    startWithKeys({ ...options, plugin: false }),
    startWithKeys(options),
  ]);
  return { 'built-in': builtIn, plugin };
}

/**
 * Starts the sites of {@link startBoth} for the tests of a file or of a `describe`, and stops them after the last one.
 * Before each test it removes the users, the code of {@link setCode} and the lines of the log.
 */
export function useBoth(options: StrapiOptions = {}): (provider: Provider) => Site {
  let both: Both | undefined;
  beforeAll(async () => {
    both = await startBoth(options);
  }, BOOT_MS);
  beforeEach(() => Promise.all(PROVIDERS.map((provider) => clear(both![provider], provider))));
  afterAll(() => Promise.all(Object.values(both ?? {}).map((site) => site.stop())));
  return (provider) => both![provider];
}

/** The same for one site with the plugin. */
export function useSite(options: StrapiOptions = {}): () => Site {
  let site: Site | undefined;
  beforeAll(async () => {
    site = await startWithKeys(options);
  }, BOOT_MS);
  beforeEach(() => clear(site!, 'plugin'));
  afterAll(() => site?.stop());
  return () => site!;
}

/** Empties the tables that logins fill, and removes the site's own code. */
async function clear(site: Site, provider: Provider): Promise<void> {
  await setCode(site, {});
  if (provider === 'plugin') await site.clearUsers();
  await site.strapi.run(async (strapi) => {
    await strapi.db.query('plugin::users-permissions.user').deleteMany({});
    const { own } = globalThis as unknown as { own?: { clear(strapi: unknown): Promise<void> } };
    await own?.clear(strapi);
  });
  await site.strapi.advanced({
    unique_email: true,
    allow_register: true,
    email_confirmation: false,
  });
  site.pool.clearChanges();
  site.pool.forgetRequests();
  await site.strapi.forgetLogs();
}

/** A login that both providers accept: the client sends an id_token, and what the site may require beside it. */
export function logIn(
  site: Site,
  name: string,
  { query = {}, claims = {} }: { query?: Record<string, string>; claims?: Claims } = {},
): Promise<Answer> {
  const id_token = idToken(site, name, claims);
  return site.exchange({ access_token: id_token, id_token, ...query });
}

/** The same by POST, which the built-in provider does not have. */
export async function logInByPost(
  site: Site,
  name: string,
  { query = {}, claims = {} }: { query?: Record<string, string>; claims?: Claims } = {},
): Promise<Answer> {
  const response = await fetch(`${site.exchangeUrl}?${new URLSearchParams(query).toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id_token: idToken(site, name, claims) }),
  });
  return toAnswer(response);
}

/** The methods by which a provider can be asked for a login. */
export const exchangeMethods = {
  'built-in': { GET: logIn },
  plugin: { GET: logIn, POST: logInByPost },
} as const;

/** Rows for `describe.each`: the provider, the method, and the login. */
export const LOGIN_METHODS = PROVIDERS.flatMap((provider) =>
  Object.entries(exchangeMethods[provider]).map(
    ([method, login]) => [provider, method, login] as const,
  ),
);

function idToken(site: Site, name: string, claims: Claims): string {
  return site.pool.sign({ claims: { ...site.pool.idClaims(name), ...claims } });
}

const HOOKS = [
  'Create',
  'Update',
  'FindOne',
  'FindMany',
  'Count',
  'Delete',
  'CreateMany',
  'UpdateMany',
]
  .flatMap((action) => [`before${action}`, `after${action}`])
  .filter((action) => !['beforeCreate', 'afterCreate'].includes(action));

/**
 * A site's own hooks on users, whose bodies {@link setCode} sets: `beforeCreate` and `afterCreate` in the extension of
 * the content type, the others by a subscriber. Its own table `site_profiles` has a foreign key to the users' table.
 */
export const HOOK_FILES: Readonly<Record<string, string>> = {
  'src/extensions/users-permissions/strapi-server.js': `'use strict';
const own = require('../../own');
module.exports = (plugin) => {
  plugin.contentTypes.user.lifecycles = {
    beforeCreate: (event) => own.code.beforeCreate?.(event),
    afterCreate: (event) => own.code.afterCreate?.(event),
  };
  return plugin;
};
`,
  'src/index.js': `'use strict';
const own = require('./own');
module.exports = {
  register() {},
  async bootstrap({ strapi }) {
    await own.makeTables(strapi);
    const hooks = ${JSON.stringify(HOOKS)}.map((hook) => [hook, (event) => own.code[hook]?.(event)]);
    strapi.db.lifecycles.subscribe({
      models: ['plugin::users-permissions.user'],
      ...Object.fromEntries(hooks),
    });
    await own.code.bootstrap?.({ strapi });
  },
};
`,
  'src/own.js': ownModule(),
};

/** The source of a module with the site's own code, which a test can replace. */
function ownModule(): string {
  return `'use strict';
const own = {
  code: {},
  /** What the code of a test records. */
  notes: [],
  set(source) {
    own.notes = [];
    own.code = new Function('require', 'own', 'return ' + source)(require, own);
  },
  async clear({ db }) {
    if (await db.connection.schema.hasTable('site_profiles')) await db.connection('site_profiles').delete();
  },
  async makeTables({ db }) {
    const { schema } = db.connection;
    if (await schema.hasTable('site_profiles')) return;
    await schema.createTable('site_profiles', (table) => {
      table.increments('id');
      table.integer('owner_id').unsigned().references('id').inTable('up_users').onDelete('CASCADE');
      table.string('label');
    });
  },
};
globalThis.own = own;
module.exports = own;
`;
}

/** Only the module of {@link setCode}, for sites whose other files are the test's. */
export const OWN_CODE: Readonly<Record<string, string>> = { 'src/own.js': ownModule() };

/**
 * Sets the code that the site's files call: by a name of {@link HOOK_FILES}, or one that the test's files use, the
 * source of a function. It can use `strapi`, `require` and `own` (`own.notes` is for {@link notes}).
 */
export async function setCode(site: Site, code: Readonly<Record<string, string>>): Promise<void> {
  const source = Object.entries(code).map(([name, fn]) => `${name}: ${fn}`);
  await site.strapi.run(
    (_strapi, text) => {
      const { own } = globalThis as unknown as { own?: { set(source: string): void } };
      own?.set(text);
    },
    `({ ${source.join(', ')} })`,
  );
}

/** What the site's code has recorded since {@link setCode}. */
export async function notes<T = unknown>(site: Site): Promise<T[]> {
  return site.strapi.run(() => (globalThis as unknown as { own: { notes: T[] } }).own.notes);
}

/** Waits until the site's code has recorded this many notes. */
export async function waitForNotes(site: Site, count: number): Promise<void> {
  await site.strapi.run(async (_strapi, expected: number) => {
    const { own } = globalThis as unknown as { own: { notes: unknown[] } };
    while (own.notes.length < expected) await new Promise((resolve) => setTimeout(resolve, 5));
  }, count);
}

/** Calls `own.open()`, which the code of a test has set to release what waits. */
export const openGate = (site: Site) =>
  site.strapi.run(() => {
    (globalThis as unknown as { own: { open?: () => void } }).own.open?.();
  });

/** The rows of a table, by knex. */
export function tableRows(site: Site, table: string): Promise<Record<string, unknown>[]> {
  return site.strapi.run((strapi, name) => strapi.db.connection(name).select('*'), table);
}

/** The log lines with these words, since the log was last cleared. */
export async function findLogLines(site: Site, words: string | RegExp): Promise<string[]> {
  const lines = await site.strapi.allLogs();
  return lines.filter((line) =>
    typeof words === 'string' ? line.includes(words) : words.test(line),
  );
}

/** A name that no other test uses. */
export const uniqueName = (): string => `p${randomUUID().slice(0, 8)}`;
