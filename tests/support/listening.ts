import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stopAtEnd } from './stop-at-end';

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Breaks all connections, also those that hang. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a server on a host and port (0: any free one). It is stopped after the tests of the file.
 * @throws the socket's error when the port is taken.
 */
export async function listenUntilEnd(server: Server, host: string, port = 0): Promise<Listening> {
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  // A server that does not listen yet cannot be stopped.
  stopAtEnd(() => listening.then(stop, () => undefined));
  await listening;
  return { port: (server.address() as AddressInfo).port, stop };
}
