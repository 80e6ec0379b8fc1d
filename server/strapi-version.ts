import { createRequire } from 'node:module';
import type { Agent } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { LoadedStrapi as Strapi } from '@strapi/strapi';
import type { HttpResponse } from './protocol/http';
import { requireAsStrapi } from './strapi-utils';

// What Strapi 4 and Strapi 5 do differently. Sessions, which are new in Strapi 5, are in `login/sessions.ts`.

type Fetch = Strapi['fetch'];

/** The same with a stream of the web. */
interface WebResponse extends Omit<HttpResponse, 'body'> {
  readonly body: ReadableStream | null;
}

/** A controller of users-permissions: its handlers on Strapi 4, a function that makes them on Strapi 5. */
export type Controller<Handlers> = Handlers | ((context: { strapi: Strapi }) => Handlers);

interface StrapiVersion {
  /** Where services are registered, and what they are extended by. */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as in Strapi itself.
  registry<T>(strapi: Strapi, name: string): T;
  /** Path of a plugin's settings in `strapi.config`. */
  configPath(plugin: string): string;
  /** The file that Strapi loads a plugin's server from. */
  serverFile(pathToPlugin: string): string;
  fetch(strapi: Strapi, ...call: Parameters<Fetch>): Promise<HttpResponse>;
  /** Whether users-permissions reads what a client has sent from `ctx.session.grant.response`. */
  readonly readsGrantResponse: boolean;
  /** The agent for Node's own HTTP client to go through the proxy, where it does not by itself. */
  proxyAgent(strapi: Strapi): Agent | undefined;
}

const STRAPI_4: StrapiVersion = {
  registry: (strapi, name) => strapi.container.get(name),
  readsGrantResponse: false,
  configPath: (plugin) => `plugin.${plugin}`,
  serverFile: (pathToPlugin) => join(pathToPlugin, 'strapi-server.js'),
  // Typed as the web's fetch, it is node-fetch: its bodies are Node streams.
  fetch: (strapi, ...call) => strapi.fetch(...call) as Promise<HttpResponse>,
  proxyAgent: (strapi) => (strapi.fetch as { agent?: Agent }).agent,
};

const STRAPI_5: StrapiVersion = {
  registry: (strapi, name) => (strapi as unknown as Strapi['container']).get(name),
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
  async fetch(strapi, ...call) {
    const response: unknown = await strapi.fetch(...call).catch((error: unknown) => {
      throw toConnectionError(error);
    });
    const { status, headers, body } = response as WebResponse;
    return { status, headers, body: body && toNodeStream(body) };
  },
  // Strapi 5 makes all of Node's HTTP client use the proxy.
  proxyAgent: () => undefined,
};

/** Names of Undici, by which the web's fetch reports what Node's HTTP client reports by these. */
const NODE_CODES: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
};

/** The web's fetch, and its bodies, fail with a TypeError, and its cause is the error of the connection. */
function toConnectionError(error: unknown): Error {
  const cause = (error instanceof TypeError && error.cause ? error.cause : error) as Error;
  const code = NODE_CODES[String((cause as { code?: unknown }).code)];
  return code === undefined ? cause : Object.assign(new Error(code, { cause }), { code });
}

function toNodeStream(body: ReadableStream): Readable {
  const reader = body.getReader();
  return new Readable({
    read() {
      reader.read().then(
        ({ value, done }) => this.push(done ? null : value),
        (error: unknown) => this.destroy(toConnectionError(error)),
      );
    },
    destroy(error, done) {
      const end = () => done(error);
      reader.cancel(error).then(end, end);
    },
  });
}

const { version } = requireAsStrapi('@strapi/strapi/package.json') as { version: string };

/** What the Strapi that is installed does. */
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
