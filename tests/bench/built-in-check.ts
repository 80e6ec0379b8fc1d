import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Pool } from '../support/pool';
import { packageRoot, strapiMajor } from '../support/strapi';
import type { Work } from './pairs';

/** The service of users-permissions' providers. */
interface Providers {
  run(request: {
    provider: string;
    query: { id_token: string };
    /** Where Strapi 5 takes the token from. */
    grantResponse: { id_token: string };
    providers: { cognito: { jwksurl: string } };
  }): Promise<unknown>;
}

/** Serves one text from its own thread, so that Cognito's side takes no time on ours. */
const JWKS_SERVER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(workerData);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/**
 * The verification by Strapi's built-in provider, which fetches the JWKS each time.
 *
 * @returns the work, and a function that stops the server of the JWKS.
 */
export async function verifyBuiltIn(
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

/** The package does not export this file. It only needs the URL of Strapi's API. */
function loadProviders(): Providers {
  const config = { get: () => '/api', server: { url: 'http://localhost:1337' } };
  Object.assign(globalThis, { strapi: { config } });
  const source = strapiMajor === 5 ? 'server/src' : 'server';
  const folder = join(packageRoot, 'node_modules/@strapi/plugin-users-permissions', source);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- as Strapi loads it
  const create = require(join(folder, 'services/providers-registry.js')) as () => Providers;
  return create();
}
