import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { listenUntilEnd, type Listening } from '../listening';
import type { Fault } from './faults';

/** A request to the pool. */
export interface PoolRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: http.IncomingHttpHeaders;
  /** The body as text. */
  body: string;
  /** The body parsed as a form. */
  form: URLSearchParams;
  /** Milliseconds since the epoch, by the machine's clock. */
  at: number;
}

/** A response of the pool. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** A JSON response. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** A 302 that is not cached. */
export function redirect(location: string, headers: Record<string, string> = {}): Reply {
  return { status: 302, headers: { location, 'cache-control': 'no-store', ...headers } };
}

/** The value of a cookie of a request. */
export function requestCookie({ headers }: PoolRequest, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Adds parameters to a URL without changing a byte of it; undefined ones are left out. */
export function withQuery(url: string, parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const [base = '', ...fragment] = url.split('#');
  const query = new URLSearchParams(given).toString();
  const joined = query === '' ? base : `${base}${base.includes('?') ? '&' : '?'}${query}`;
  return [joined, ...fragment].join('#');
}

async function receive(request: http.IncomingMessage): Promise<PoolRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  const body = Buffer.concat(chunks).toString('utf8');
  // Strapi's built-in provider doubles the first slash of the JWKS URL's path, which Cognito accepts.
  const url = new URL(`http://localhost${(request.url ?? '/').replace(/^\/+/, '/')}`);
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body,
    form: new URLSearchParams(body),
    at: Date.now(),
  };
}

/** A gzip stream may have any number of parts, and each of them may unpack to any size. */
function sendBomb(response: http.ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  response.write(gzipSync('{"x":"'));
  const part = gzipSync('x'.repeat(1024 * 1024));
  const more = () => {
    while (!response.destroyed && response.write(part));
  };
  response.on('drain', more);
  more();
}

function send(response: http.ServerResponse, reply: Reply, fault: Fault | undefined): void {
  if (fault?.bomb) {
    sendBomb(response);
    return;
  }
  const body = Buffer.from(reply.body ?? '', 'utf8');
  response.writeHead(reply.status, { 'content-length': body.length, ...reply.headers });
  if (!fault?.cut && !fault?.stall) {
    response.end(body);
    return;
  }
  // With an empty body, the connection is broken before the headers are sent.
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => {
    if (fault.cut) {
      response.destroy();
    }
  });
}

/** Handles a request: its reply, and the fault to apply to it. */
export type Handler = (request: PoolRequest) => { reply: () => Reply; fault: Fault | undefined };

function applyFault(reply: () => Reply, fault: Fault | undefined): Reply {
  if (!fault) {
    return reply();
  }
  const { status, body, garbage } = fault;
  if (garbage) {
    return {
      ...json(status ?? 200, null, fault.headers),
      body: '<html><body>Not the JSON you asked for {"',
    };
  }
  if (status === undefined && body === undefined) {
    const own = reply();
    return { ...own, headers: { ...own.headers, ...fault.headers } };
  }
  if (typeof body === 'string') {
    return { status: status ?? 200, headers: fault.headers, body };
  }
  return body === undefined
    ? { status: status ?? 500, headers: fault.headers }
    : json(status ?? 200, body, fault.headers);
}

/**
 * Listens on a host and port. The server is stopped after the tests of the file.
 * @throws the socket's error when the port is taken.
 */
export async function serve(host: string, port: number, handle: Handler): Promise<Listening> {
  const timers = new Set<NodeJS.Timeout>();
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const { reply, fault } = handle(await receive(request));
    if (fault?.hang) {
      return;
    }
    if (fault?.reset) {
      request.socket.destroy();
      return;
    }
    const finish = () => send(response, applyFault(reply, fault), fault);
    if (fault?.delay === undefined) {
      finish();
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      finish();
    }, fault.delay);
    timers.add(timer);
  };
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A bug of the stand-in, or a client that has disconnected; a test must see the first.
      if (!request.destroyed && !response.headersSent) {
        response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(
          `The stand-in pool failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      }
    });
  });
  // Closing an idle connection would race with the next request on it.
  server.keepAliveTimeout = 0;
  server.once('close', () => timers.forEach((timer) => clearTimeout(timer)));
  return listenUntilEnd(server, host, port);
}
