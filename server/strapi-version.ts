import { createRequire } from 'node:module';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import type { LoadedStrapi as Strapi } from '@strapi/strapi';
import { requireAsStrapi } from './strapi-utils';

// The differences between Strapi 4 and Strapi 5. Sessions, which are new in Strapi 5, are in `login/sessions.ts`.

/** A controller of users-permissions: its handlers on Strapi 4, a function that creates them on Strapi 5. */
export type Controller<Handlers> = Handlers | ((context: { strapi: Strapi }) => Handlers);

const { version } = requireAsStrapi('@strapi/strapi/package.json') as { version: string };
const isStrapi4 = version.startsWith('4.');

/** One of Strapi's registries, such as `services`, `controllers` or `auth`. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in Strapi itself.
export function registry<T>(strapi: Strapi, name: string): T {
  const container = isStrapi4 ? strapi.container : (strapi as unknown as Strapi['container']);
  return container.get(name);
}

/** The query engine for a content type, by the call of users-permissions, which a site may have wrapped. */
export const query = (
  strapi: Strapi,
  uid: Parameters<Strapi['query']>[0],
): ReturnType<Strapi['db']['query']> => (isStrapi4 ? strapi.query(uid) : strapi.db.query(uid));

/** Path of a plugin's settings in `strapi.config`. */
export const configPath = (plugin: string): string => `plugin${isStrapi4 ? '.' : '::'}${plugin}`;

/** The file that Strapi loads a plugin's server from. */
export function serverFile(pathToPlugin: string): string {
  const own = join(pathToPlugin, 'strapi-server.js');
  if (isStrapi4) return own;
  const file = join(pathToPlugin, 'package.json');
  const requireAsPlugin = createRequire(file);
  // A site may use its own copy, which has another name.
  const { name, exports } = requireAsPlugin(file) as { name: string; exports?: object };
  return exports ? requireAsPlugin.resolve(`${name}/strapi-server`) : own;
}

/** Whether users-permissions reads what a client has sent from `ctx.session.grant.response`. */
export const readsGrantResponse = !isStrapi4;

/** The agent that makes Node's own HTTP client use the proxy. Strapi 5 makes all of it do so. */
export const proxyAgent = (strapi: Strapi): Agent | undefined =>
  isStrapi4 ? (strapi.fetch as { agent?: Agent }).agent : undefined;

/** Changes the handlers of a controller before Strapi and the site see it. */
export function extendController<Handlers extends object>(
  controller: Controller<Handlers>,
  extend: (handlers: Handlers, strapi: () => Strapi) => Handlers,
): Controller<Handlers> {
  if (typeof controller === 'function') {
    return (context) => extend(controller(context), () => context.strapi);
  }
  const current = () => (globalThis as unknown as { strapi: Strapi }).strapi;
  // The site's extension changes this very object.
  return Object.assign(controller, extend({ ...controller }, current));
}
