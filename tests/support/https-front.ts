import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from './self-signed';

/** Answers the requests to a host. */
export type RequestHandler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** An https server on loopback that serves several hosts, and can proxy the requests to one of them. */
export interface HttpsFront {
  /** The origin of a host. Browsers resolve all names under `localhost` to this machine. */
  origin(host: string): string;
  /** Proxies requests for a host to a plain http server. */
  proxy(host: string, to: string): void;
  answer(host: string, handler: RequestHandler): void;
  /** The `Cookie` headers received for a host, one character per byte. */
  cookiesSentTo(host: string): string[];
  stop(): Promise<void>;
}

/** Starts an https server with a self-signed certificate, which browsers must be told to accept. */
export async function startHttpsFront(): Promise<HttpsFront> {
  const handlers = new Map<string, RequestHandler>();
  const cookies: { host: string; cookie: string }[] = [];
  const server = https.createServer(selfSigned(), (request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    cookies.push({ host, cookie: request.headers.cookie ?? '' });
    const handler = handlers.get(host);
    if (handler) handler(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: (host) => `https://${host}:${String(port)}`,
    proxy(host, to) {
      const { hostname, port: inner } = new URL(to);
      handlers.set(host, (request, response) => {
        const { method, url: path, headers } = request;
        // Node 18 would only try the first address of localhost.
        const options = { hostname, port: inner, method, path, headers, autoSelectFamily: true };
        const proxied = http.request(options, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        proxied.on('error', () => response.destroy());
        request.pipe(proxied);
      });
    },
    answer: (host, handler) => void handlers.set(host, handler),
    cookiesSentTo: (host) =>
      cookies.filter((each) => each.host === host).map(({ cookie }) => cookie),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
