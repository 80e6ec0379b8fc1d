import { createReadStream } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';

const pages = join(__dirname, 'pages');

/** All files that are served; no other path is looked up on disk. */
const files: Record<string, string> = {
  '/': 'home.html',
  '/connect/cognito/redirect': 'redirect.html',
  '/style.css': 'style.css',
  '/icon.svg': 'icon.svg',
  '/home.js': 'home.js',
  '/redirect.js': 'redirect.js',
  '/account.js': 'account.js',
  '/elements.js': 'elements.js',
  '/problems.js': 'problems.js',
  '/session.js': 'session.js',
  '/strapi.js': 'strapi.js',
  '/tour.js': 'tour.js',
};

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface Front {
  stop(): Promise<void>;
}

/**
 * Serves the front-end to this machine.
 * @param strapi the URL of Strapi.
 * @param tour whether to show the tour, which needs the users of the stand-in pool.
 * @param adminPage the plugin's page in the admin panel; empty without a panel.
 */
export function startFront(
  port: number,
  strapi: string,
  tour: boolean,
  adminPage = '',
): Promise<Front> {
  const server = createServer((request, response) => {
    const [pathname = '/'] = (request.url ?? '/').split('?');
    setHeaders(response, strapi);
    if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405);
    else if (pathname === '/config.js') sendConfig(response, { strapi, tour, adminPage });
    else sendFile(response, files[pathname]);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', () =>
      resolve({
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped());
            server.closeAllConnections();
          }),
      }),
    );
  });
}

function setHeaders(response: ServerResponse, strapi: string): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${strapi}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  response.setHeader('Content-Security-Policy', policy.join('; '));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // The URL of the redirect page contains a one-time code, which no other site may see.
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
}

function sendConfig(response: ServerResponse, config: Record<string, string | boolean>): void {
  response.setHeader('Content-Type', 'text/javascript; charset=utf-8');
  const lines = Object.entries(config).map(
    ([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`,
  );
  response.end(lines.join(''));
}

function sendFile(response: ServerResponse, name: string | undefined): void {
  if (name === undefined) {
    refuse(response, 404);
    return;
  }
  response.setHeader('Content-Type', types[extname(name)] ?? 'application/octet-stream');
  createReadStream(join(pages, name)).pipe(response);
}

function refuse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(status === 404 ? 'There is no such page.\n' : 'Only GET is allowed.\n');
}
