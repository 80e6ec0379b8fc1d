import type { LoadedStrapi } from '@strapi/strapi';
import type { Knex } from 'knex';
import type { Context } from 'koa';
import type { Http, HttpResponse } from './protocol/http';
import * as strapiVersion from './strapi-version';

export type Strapi = LoadedStrapi;

/**
 * A user of users-permissions, as stored in its table. It has the password hash, so it must be sanitized before it is
 * sent. A site may have removed any of these fields from the schema.
 */
export interface User {
  readonly id: number;
  readonly username?: string | null;
  readonly email?: string | null;
  readonly provider?: string | null;
  readonly confirmed?: boolean | null;
  readonly blocked?: boolean | null;
  readonly [attribute: string]: unknown;
}

/** The provider's name in users-permissions. */
export const PROVIDER = 'cognito';

export const USER = 'plugin::users-permissions.user';
export const ROLE = 'plugin::users-permissions.role';
export const IDENTITY = 'plugin::cognito.identity';
export const ONE_TIME_CODE = 'plugin::cognito.one-time-code';
export const LOGIN_RECORD = 'plugin::cognito.login-record';
export const LEASE = 'plugin::cognito.lease';

/** A service of users-permissions, with the site's changes. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in Strapi itself.
export function usersPermissions<Service extends object>(strapi: Strapi, name: string): Service {
  return strapi.plugin('users-permissions').service<Service>(name);
}

/** The query engine for users or roles, by the call of users-permissions, which a site may have wrapped. */
export const userQuery = (
  strapi: Strapi,
  uid: typeof USER | typeof ROLE = USER,
): ReturnType<Strapi['db']['query']> => strapiVersion.query(strapi, uid);

/** The moment when Strapi prepares the tables: before that, or after it but before it creates the routes. */
export function onSync(strapi: Strapi, when: 'beforeSync' | 'afterSync', work: () => void): void {
  const hook = strapi.hook(`strapi::content-types.${when}`) as { register(fn: () => void): void };
  hook.register(work);
}

/**
 * Changes an object in place, because its methods may share private state. If it is frozen, returns a copy that inherits
 * from it.
 */
export function extendObject<T extends object>(original: T, changes: object): T {
  const change = ([name, value]: [string, unknown]) =>
    Reflect.set(original, name, value) && Reflect.get(original, name) === value;
  if (Object.entries(changes).every(change)) return original;
  return Object.setPrototypeOf({ ...original, ...changes }, original) as T;
}

/**
 * The Koa context of the request that is being served; `undefined` outside of one, as in a script. A site may have run
 * its code with an object of its own, such as for a web socket.
 */
export function currentRequest(strapi: Strapi): Context | undefined {
  const ctx = strapi.requestContext.get() as Partial<Context> | undefined;
  return ctx?.req && ctx.res ? (ctx as Context) : undefined;
}

/** Strapi's own HTTP client, with a timeout in milliseconds. */
export const strapiHttp = (strapi: Strapi, timeout: number): Http => ({
  fetch: (url, init) => strapi.fetch(url, init) as Promise<HttpResponse>,
  proxy: strapiVersion.proxyAgent(strapi),
  timeout,
});

/** Runs a Knex query within the transaction of the caller, if there is one. */
export async function runKnex<T>(strapi: Strapi, query: Knex.QueryBuilder): Promise<T> {
  const { db } = strapi;
  if (db.inTransaction()) void query.transacting((await db.transaction()).get());
  return (await query) as T;
}

/** The settings that a plugin was given in `config/plugins`. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in Strapi itself.
export function pluginConfig<Config extends object>(
  strapi: Strapi,
  plugin: 'cognito' | 'users-permissions',
): Config {
  return strapi.config.get<Config>(strapiVersion.configPath(plugin));
}

/** The store of users-permissions, where the Providers page and the advanced settings live. */
export function usersPermissionsStore(strapi: Strapi, key: 'grant' | 'advanced') {
  return strapi.store({ type: 'plugin', name: 'users-permissions', key });
}
