import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { listenUntilEnd } from '../support/listening';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
};

/**
 * Serves the files of a folder as they are, as any static server does: nothing is built, and no name is resolved.
 *
 * @param api the address that stands in place of `http://localhost:1337/api`, which a reader sets too.
 * @returns its origin.
 */
export async function serveFolder(dir: string, api: string): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const asked = path.join(dir, pathname);
    const file = existsSync(asked) && statSync(asked).isDirectory() ? `${asked}/index.html` : asked;
    readFile(file, 'utf8')
      .then((text) => {
        response.setHeader('content-type', TYPES[path.extname(file)] ?? 'text/plain');
        response.end(text.replace('http://localhost:1337/api', api));
      })
      .catch(() => response.writeHead(404).end());
  });
  const { port } = await listenUntilEnd(server, 'localhost');
  return `http://localhost:${port}`;
}
