import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Http } from '../../server/protocol/http';
import { listenUntilEnd } from './listening';

/** Strapi's fetch: node-fetch 2, whose bodies are Node streams. */
const nodeFetch = jest.requireActual<Http['fetch']>('node-fetch');

/** The HTTP client that Strapi gives to the protocol, without a Strapi. */
export function strapiHttp(timeout = 5000): Http {
  return { fetch: (url, init) => nodeFetch(url, init), timeout };
}

/** A server for responses that the stand-in pool does not give. */
export interface LoopbackServer {
  readonly origin: string;
  /** All requests so far, oldest first. */
  readonly requests: IncomingMessage[];
  /** Breaks all connections, also those that hang. */
  stop: () => Promise<void>;
}

/** Listens on any free port of this machine. The server is stopped after the tests of the file. */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LoopbackServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  const { port, stop } = await listenUntilEnd(server, '127.0.0.1');
  return { origin: `http://127.0.0.1:${port}`, requests, stop };
}
