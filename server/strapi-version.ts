import { createRequire } from 'node:module';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import type { LoadedStrapi as Strapi } from '@strapi/strapi';
import { requireAsStrapi } from './strapi-utils';

// The differences between Strapi 4 and Strapi 5. Sessions, which are new in Strapi 5, are in `login/sessions.ts`.

/** A controller of users-permissions: its handlers on Strapi 4, a function that makes them on Strapi 5. */
export type Controller<Handlers> = Handlers | ((context: { strapi: Strapi }) => Handlers);

interface StrapiVersion {
  /** Where services are registered, and what they are extended by. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in Strapi itself.
  registry<T>(strapi: Strapi, name: string): T;
  /** The query engine for a content type, by the call of users-permissions, which a site may have wrapped. */
  query(strapi: Strapi, uid: Parameters<Strapi['query']>[0]): ReturnType<Strapi['db']['query']>;
  /** Path of a plugin's settings in `strapi.config`. */
  configPath(plugin: string): string;
  /** The file that Strapi loads a plugin's server from. */
  serverFile(pathToPlugin: string): string;
  /** Whether users-permissions reads what a client has sent from `ctx.session.grant.response`. */
  readonly readsGrantResponse: boolean;
  /** The agent that makes Node's own HTTP client use the proxy, if it does not do so itself. */
  proxyAgent(strapi: Strapi): Agent | undefined;
}

const STRAPI_4: StrapiVersion = {
  registry: (strapi, name) => strapi.container.get(name),
  query: (strapi, uid) => strapi.query(uid),
  readsGrantResponse: false,
  configPath: (plugin) => `plugin.${plugin}`,
  serverFile: (pathToPlugin) => join(pathToPlugin, 'strapi-server.js'),
  proxyAgent: (strapi) => (strapi.fetch as { agent?: Agent }).agent,
};

const STRAPI_5: StrapiVersion = {
  registry: (strapi, name) => (strapi as unknown as Strapi['container']).get(name),
  query: (strapi, uid) => strapi.db.query(uid),
  readsGrantResponse: true,
  configPath: (plugin) => `plugin::${plugin}`,
  serverFile(pathToPlugin) {
    const file = join(pathToPlugin, 'package.json');
    const requireAsPlugin = createRequire(file);
    // A site may use its own copy, which has another name.
    const { name, exports } = requireAsPlugin(file) as { name: string; exports?: object };
    return exports
      ? requireAsPlugin.resolve(`${name}/strapi-server`)
      : join(pathToPlugin, 'strapi-server.js');
  },
  // Strapi 5 makes all of Node's HTTP client use the proxy.
  proxyAgent: () => undefined,
};

const { version } = requireAsStrapi('@strapi/strapi/package.json') as { version: string };

/** The behavior of the installed Strapi. */
export const strapiVersion = version.startsWith('4.') ? STRAPI_4 : STRAPI_5;

/** Changes the handlers of a controller before Strapi and the site see it. */
export function extendController<Name extends string, Handlers extends object>(
  controllers: Record<Name, Controller<Handlers>>,
  name: Name,
  extend: (handlers: Handlers, strapi: () => Strapi) => Handlers,
): void {
  const controller: Controller<Handlers> = controllers[name];
  if (typeof controller === 'function') {
    controllers[name] = (context) => extend(controller(context), () => context.strapi);
  } else {
    const current = () => (globalThis as unknown as { strapi: Strapi }).strapi;
    // The site's extension changes this very object.
    Object.assign(controller, extend({ ...controller }, current));
  }
}
