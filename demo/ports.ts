import { createServer, type AddressInfo, type ListenOptions } from 'node:net';
import type { ServerName } from './options';

/** A port that the demo needs is in use. */
export class PortInUse extends Error {}

const titles: Record<ServerName, string> = {
  strapi: 'Strapi',
  front: 'the front-end',
  pool: 'the stand-in for Cognito',
};

// A browser may reach any of these at localhost.
const addresses: ListenOptions[] = [{}, { host: '127.0.0.1' }, { host: '::1' }];

/**
 * Replaces each 0 with a free port.
 * @throws PortInUse when a port is in use or given twice.
 */
export async function claimPorts(
  wanted: Record<ServerName, number>,
  needed: ServerName[],
): Promise<Record<ServerName, number>> {
  const ports = { ...wanted };
  const taken = new Set<number>();
  for (const name of needed) {
    if (ports[name] === 0) ports[name] = await freePort(taken);
    else if (taken.has(ports[name]) || !(await isFree(ports[name]))) {
      throw new PortInUse(message(name, ports[name]));
    }
    taken.add(ports[name]);
  }
  return ports;
}

function message(name: ServerName, port: number): string {
  return (
    `Port ${port}, which ${titles[name]} needs, is in use. ` +
    `Stop the program that uses it, or choose another: npm run demo -- --${name}-port <port>`
  );
}

async function isFree(port: number): Promise<boolean> {
  for (const address of addresses) {
    if ((await tryPort({ ...address, port })) === undefined) return false;
  }
  return true;
}

async function freePort(taken: Set<number>): Promise<number> {
  for (;;) {
    const port = await tryPort({ port: 0 });
    if (port !== undefined && !taken.has(port)) return port;
  }
}

/** Listens on a port for a moment; undefined when it is in use. */
function tryPort(options: ListenOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      // Without IPv6, nothing can listen there.
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') {
        resolve(options.port);
      } else reject(error);
    });
    server.listen(options, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
