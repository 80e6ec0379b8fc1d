import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Pool } from '../support/pool';
import { packageRoot, strapiMajor } from '../support/strapi';
import type { Work } from './pairs';

/** users-permissions' own providers, as its service has them. */
interface Providers {
  run(request: {
    provider: string;
    query: { id_token: string };
    /** Where Strapi 5 takes the token from. */
    grantResponse: { id_token: string };
    providers: { cognito: { jwksurl: string } };
  }): Promise<unknown>;
}

/** Answers with one text, in a thread of its own: Cognito's side is not to cost time on ours. */
const JWKS_SERVER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(workerData);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/**
 * The check of Strapi's built-in provider: its own code, which fetches the JWKS each time.
 *
 * @returns the work, and what ends the server of the JWKS.
 */
export async function builtInCheck(
  pool: Pool,
  token: string,
): Promise<{ work: Work; stop: () => Promise<unknown> }> {
  const server = new Worker(JWKS_SERVER, { eval: true, workerData: JSON.stringify(pool.jwks()) });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('message', resolve);
    server.once('error', reject);
  });
  const request = {
    provider: 'cognito',
    query: { id_token: token },
    grantResponse: { id_token: token },
    providers: { cognito: { jwksurl: `http://127.0.0.1:${port}/.well-known/jwks.json` } },
  };
  const providers = loadProviders();
  return {
    work: async () => {
      await providers.run(request);
    },
    stop: () => server.terminate(),
  };
}

/** The file is none of the package's exports. All it wants of Strapi is the address of its API. */
function loadProviders(): Providers {
  const config = { get: () => '/api', server: { url: 'http://localhost:1337' } };
  Object.assign(globalThis, { strapi: { config } });
  const source = strapiMajor === 5 ? 'server/src' : 'server';
  const folder = join(packageRoot, 'node_modules/@strapi/plugin-users-permissions', source);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as Strapi loads it
  const create = require(join(folder, 'services/providers-registry.js')) as () => Providers;
  return create();
}
