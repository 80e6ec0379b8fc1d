import { randomUUID } from 'node:crypto';
import { identityDigest } from '../../server/accounts/verified-identity';
import type { Claims, PoolUserOptions } from './pool';
import { type Answer, type Site, toAnswer } from './site';
import type { StoredUser } from './strapi';

/** A password that users-permissions accepts. */
export const PASSWORD = 'Password-1';

/** Adds a new user to the pool, and returns their name. */
export function addPoolUser(site: Site, options: Partial<PoolUserOptions> = {}): string {
  const name = options.name ?? `p${randomUUID().slice(0, 8)}`;
  const attributes = { email: `${name}@example.com`, email_verified: true, ...options.attributes };
  site.pool.addUser({ ...options, name, attributes });
  return name;
}

/** A login by an id_token that a client sends, with some claims changed. */
export function exchangeIdToken(site: Site, name: string, change: Claims = {}): Promise<Answer> {
  const claims = { ...site.pool.idClaims(name), ...change };
  return site.exchangeByPost({ id_token: site.pool.sign({ claims }) });
}

/** Creates a user without Cognito, as users-permissions does; the password is hashed. */
export async function createUser(
  site: Site,
  data: Record<string, unknown> = {},
): Promise<StoredUser> {
  const username = `u${randomUUID().slice(0, 8)}`;
  const user = { username, email: `${username}@example.org`, provider: 'local', ...data };
  const id = await site.strapi.run(async (strapi, arg) => {
    const role = await strapi.db
      .query('plugin::users-permissions.role')
      .findOne({ where: { type: 'authenticated' } });
    const users = strapi.plugin('users-permissions').service('user');
    const made = await users.add?.({ confirmed: true, blocked: false, role: role?.id, ...arg });
    return (made as { id: number }).id;
  }, user);
  return getUser(site, id);
}

/** A row of the users' table, with its role. */
export async function getUser(site: Site, id: number): Promise<StoredUser> {
  const user = (await site.strapi.users()).find((each) => each.id === id);
  if (!user) throw new Error(`There is no user ${String(id)}.`);
  return user;
}

/** Updates a user's row, bypassing all checks. */
export async function updateUser(
  site: Site,
  id: number,
  data: Record<string, unknown>,
): Promise<void> {
  await site.strapi.run(
    async (strapi, arg) => {
      await strapi.db.query('plugin::users-permissions.user').update(arg);
    },
    { where: { id }, data },
  );
}

/** A Strapi JWT of a user. */
export function issueJwt(site: Site, { id }: { id: number }): Promise<string> {
  return site.strapi.run(
    (strapi, user: number) =>
      strapi.plugin('users-permissions').service('jwt').issue?.({ id: user }) as string,
    id,
  );
}

/** Creates a role of users-permissions without permissions, and returns its id. */
export function createRole(site: Site, type: string): Promise<number> {
  return site.strapi.run(async (strapi, name: string) => {
    const data = { name, type: name, description: '' };
    return (await strapi.db.query('plugin::users-permissions.role').create({ data })).id as number;
  }, type);
}

/** A JSON request to the content API. */
export async function request(
  site: Site,
  method: string,
  path: string,
  { jwt, body }: { jwt?: string; body?: unknown } = {},
): Promise<Answer> {
  return toAnswer(
    await fetch(site.strapi.url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(jwt !== undefined && { authorization: `Bearer ${jwt}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
}

/** Links the Cognito account that the body proves to the user of the JWT. */
export const link = (site: Site, jwt: string | undefined, body: unknown): Promise<Answer> =>
  request(site, 'POST', '/api/auth/cognito/link', { jwt, body });

/** Unlinks the Cognito accounts of the user of the JWT. */
export const unlink = (site: Site, jwt: string | undefined): Promise<Answer> =>
  request(site, 'DELETE', '/api/auth/cognito/link', { jwt });

/** The local login of users-permissions. */
export const logInLocally = (
  site: Site,
  identifier: string,
  password = PASSWORD,
): Promise<Answer> => request(site, 'POST', '/api/auth/local', { body: { identifier, password } });

/** Adds an identity to a user, bypassing all checks: older versions left users with several. */
export async function insertIdentity(site: Site, name: string, user: number): Promise<void> {
  const { sub: subject } = site.pool.user(name);
  const key = { issuer: site.pool.issuer, subject };
  await site.strapi.run(
    async (strapi, data) => {
      await strapi.db.query('plugin::cognito.identity').create({ data });
    },
    { ...key, digest: identityDigest(key), user },
  );
}

/** The id of each identity's user. */
export async function identityOwners(site: Site): Promise<(number | null)[]> {
  const rows = (await site.rows('identity', ['user'])) as { user: { id: number } | null }[];
  return rows.map(({ user }) => user?.id ?? null);
}

/** A Knex query that is not sent yet. */
type Query = PromiseLike<unknown> & { _method: string };

/** Delays each read of a table, so that a request that does not wait for others overtakes them. */
export async function slowReads(
  site: Site,
  table: 'cognito_identities' | 'up_users',
): Promise<() => Promise<void>> {
  await site.strapi.run((strapi, slow: string) => {
    const db = strapi.db as unknown as { getConnection(from: string): Query };
    const getConnection = db.getConnection.bind(db);
    db.getConnection = (from) => {
      const query = getConnection(from);
      if (from.split(' ')[0] !== slow) return query;
      const then: PromiseLike<unknown>['then'] = query.then.bind(query);
      query.then = (onFound, onError) =>
        then(async (found) => {
          const isRead = ['first', 'select'].includes(query._method);
          if (isRead) await new Promise((resolve) => setTimeout(resolve, 50));
          return found;
        }).then(onFound, onError);
      return query;
    };
  }, table);
  return () =>
    site.strapi.run((strapi) => {
      Reflect.deleteProperty(strapi.db, 'getConnection');
    });
}

/** Waits until one request is held by {@link holdIdentityReads}. */
export function waitForHeldRequest(site: Site): Promise<void> {
  return site.strapi.run(async () => {
    const { arrived } = globalThis as unknown as { arrived: () => number };
    while (arrived() < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  });
}

/**
 * Holds requests that have read identities until this many have arrived, so that each of them has read before the first
 * one writes. Call the returned function to end it.
 */
export async function holdIdentityReads(
  site: Site,
  requests: number,
): Promise<() => Promise<void>> {
  await site.strapi.run((strapi, expected) => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let arrived = 0;
    const waitForOthers = () => {
      arrived += 1;
      if (arrived === expected) open();
      return gate;
    };
    const db = strapi.db as unknown as { getConnection(table: string): Query };
    const getConnection = db.getConnection.bind(db);
    db.getConnection = (table) => {
      const query = getConnection(table);
      if (table !== 'cognito_identities') return query;
      const then: PromiseLike<unknown>['then'] = query.then.bind(query);
      query.then = (onFound, onError) =>
        then(async (found) => {
          if (query._method === 'first') await waitForOthers();
          return found;
        }).then(onFound, onError);
      return query;
    };
    const end = () => {
      open();
      Reflect.deleteProperty(db, 'getConnection');
      return arrived;
    };
    Object.assign(globalThis, { end, arrived: () => arrived });
  }, requests);
  return async () => {
    const arrived = await site.strapi.run(
      () => (globalThis as { end?: () => number }).end?.() ?? 0,
    );
    if (arrived < requests) throw new Error(`Only ${String(arrived)} requests arrived.`);
  };
}

/** A value for `cognito.config` whose functions are those that {@link setHooks} sets. */
export const HOOKED_USERS = `{
  resolveRole: (claims) => globalThis.hooks?.resolveRole?.(claims),
  mapProfile: (claims) => (globalThis.hooks?.mapProfile ? globalThis.hooks.mapProfile(claims) : {}),
  beforeCreate: (user, claims) => globalThis.hooks?.beforeCreate?.(user, claims),
}`;

/** Functions of the config, called by {@link HOOKED_USERS}. They are sent as source: self-contained arrow functions. */
export interface Hooks {
  resolveRole?: (claims: Claims) => unknown;
  mapProfile?: (claims: Claims) => unknown;
  beforeCreate?: (user: Record<string, unknown>, claims: Claims) => unknown;
}

/** Replaces the functions that were set before. */
export async function setHooks(site: Site, hooks: Hooks): Promise<void> {
  const sources = Object.entries(hooks).map(([name, fn]) => `${name}: ${String(fn)}`);
  await site.strapi.run(
    (_strapi, source) => {
      Object.assign(globalThis, { hooks: (0, eval)(source) as unknown });
    },
    `({ ${sources.join(', ')} })`,
  );
}

/** Changes settings under `users` while `work` runs; the functions stay. */
export async function withUsers<T>(
  site: Site,
  users: Record<string, unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const set = (change: Record<string, unknown>) =>
    site.strapi.run((strapi, changes: Record<string, unknown>) => {
      const before = strapi.config.get<Record<string, unknown>>('plugin.cognito.users', {});
      strapi.config.set('plugin.cognito.users', { ...before, ...changes });
      strapi.plugin('cognito').service('settings').invalidate?.();
      // `null` marks a value that was not set, because JSON has no undefined.
      return Object.fromEntries(Object.keys(changes).map((key) => [key, before[key] ?? null]));
    }, change);
  const before = await set(users);
  try {
    return await work();
  } finally {
    await site.strapi.run((strapi, changes: Record<string, unknown>) => {
      const now = strapi.config.get<Record<string, unknown>>('plugin.cognito.users', {});
      const all = Object.entries({ ...now, ...changes }).filter(([, value]) => value !== null);
      strapi.config.set('plugin.cognito.users', Object.fromEntries(all));
      strapi.plugin('cognito').service('settings').invalidate?.();
    }, before);
  }
}

/** The warnings of the plugin since the log was last cleared. */
export async function warnings(site: Site): Promise<string[]> {
  return (await site.strapi.allLogs()).filter((line) => /warn.*\[cognito\]/.test(line));
}
