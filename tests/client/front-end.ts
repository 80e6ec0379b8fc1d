import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { transform } from 'esbuild';
import { listenUntilEnd } from '../support/listening';
import { repositoryRoot } from '../support/strapi';

/**
 * Serves one page, which is the redirect URL, and the client, which the page has as `client`. It ends a login with
 * `finishLogin`, or with `finishLink` and the JWT in `localStorage` if its URL has the parameter `link`. It shows the
 * result in its status.
 *
 * @param api returns the URL of Strapi's REST API.
 * @returns its origin.
 */
export async function startFrontEnd(api: () => string): Promise<string> {
  const source = await readFile(path.join(repositoryRoot, 'client', 'index.ts'), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  const page = () => `<!doctype html>
    <a id="login">Log in</a>
    <p role="status"></p>
    <script type="module">
      import * as client from '/client.js';
      const api = ${JSON.stringify(api())};
      Object.assign(globalThis, { client, api });
      document.getElementById('login').href = client.loginUrl(api);
      const end = new URLSearchParams(location.search).has('link')
        ? () => client.finishLink(api, localStorage.getItem('jwt'))
        : () => client.finishLogin(api, JSON.parse(localStorage.getItem('options') ?? '{}'));
      const said = await end().then(
        (done) => (done === null ? 'no login' : 'welcome ' + (done.user ?? done).email),
        (error) => error.code + ': ' + error.message,
      );
      document.querySelector('[role=status]').textContent = said;
    </script>`;
  const server = createServer((request, response) => {
    const isClient = request.url === '/client.js';
    response.setHeader('content-type', isClient ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isClient ? code : page());
  });
  const { port } = await listenUntilEnd(server, 'localhost');
  return `http://localhost:${port}`;
}
