import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from './self-signed';

/** What a host answers. */
export type Answerer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** An https server on loopback that is several hosts at once, and passes the requests of one of them on. */
export interface HttpsFront {
  /** The address of one of the hosts. Browsers resolve all names under `localhost` to this machine. */
  origin(host: string): string;
  /** Passes requests for a host on to a server that speaks plain http. */
  passOn(host: string, to: string): void;
  answer(host: string, answerer: Answerer): void;
  /** The `Cookie` headers that came for a host, one byte a character. */
  cookiesSentTo(host: string): string[];
  stop(): Promise<void>;
}

/** Starts an https server whose certificate nobody trusts: a browser has to be told to. */
export async function startHttpsFront(): Promise<HttpsFront> {
  const hosts = new Map<string, Answerer>();
  const cookies: { host: string; cookie: string }[] = [];
  const server = https.createServer(selfSigned(), (request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    cookies.push({ host, cookie: request.headers.cookie ?? '' });
    const answerer = hosts.get(host);
    if (answerer) answerer(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: (host) => `https://${host}:${String(port)}`,
    passOn(host, to) {
      const { hostname, port: inner } = new URL(to);
      hosts.set(host, (request, response) => {
        const { method, url: path, headers } = request;
        // Node 18 would stay with the first address that localhost stands for.
        const options = { hostname, port: inner, method, path, headers, autoSelectFamily: true };
        const passed = http.request(options, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        });
        passed.on('error', () => response.destroy());
        request.pipe(passed);
      });
    },
    answer: (host, answerer) => void hosts.set(host, answerer),
    cookiesSentTo: (host) =>
      cookies.filter((each) => each.host === host).map(({ cookie }) => cookie),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
