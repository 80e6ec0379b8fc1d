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
 * Serves the files of a folder as a static server does: nothing is built, and no name is resolved.
 *
 * @param api replaces `http://localhost:1337/api`, which a reader has to set too.
 * @returns its origin.
 */
export async function serveFolder(dir: string, api: string): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const requested = path.join(dir, pathname);
    const file =
      existsSync(requested) && statSync(requested).isDirectory()
        ? `${requested}/index.html`
        : requested;
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
