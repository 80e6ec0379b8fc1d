import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import type * as Client from '../../client';
import { errorTable } from '../../server/protocol/errors';
import { listenUntilEnd } from '../support/listening';
import { repositoryRoot } from '../support/strapi';

const FRONT = 'https://www.example.com/connect/cognito/redirect';
const SESSION = { jwt: 'jwt', user: { id: 1, username: 'ann', email: 'ann@example.com' } };

let api: string;
let answer: { status: number; body: string };
let bodies: unknown[];

beforeAll(async () => {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      bodies.push(JSON.parse(text));
      response.writeHead(answer.status).end(answer.body);
    });
  });
  const { port } = await listenUntilEnd(server, '127.0.0.1');
  api = `http://127.0.0.1:${port}/api`;
});

beforeEach(() => {
  bodies = [];
  answer = { status: 200, body: JSON.stringify(SESSION) };
});

/** The module as a page that was just opened has it. */
function open(url: string) {
  jest.resetModules();
  const page = { href: url };
  Object.assign(globalThis, {
    location: page,
    history: {
      state: 'kept',
      replaceState: (state: unknown, _: string, to: URL) => {
        expect(state).toBe('kept');
        page.href = to.href;
      },
    },
  });
  return { page, client: jest.requireActual<typeof Client>('../../client') };
}

test('leads to the login and to the logout', () => {
  const { client } = open(FRONT);
  expect(client.loginUrl('https://api.example.com/api/')).toBe(
    'https://api.example.com/api/connect/cognito',
  );
  const url = client.loginUrl('/api', {
    identity_provider: 'Google',
    callback: `${FRONT}?a=1&b=2`,
  });
  expect(new URLSearchParams(url.split('?')[1]).get('callback')).toBe(`${FRONT}?a=1&b=2`);
  expect(client.logoutUrl('/api')).toBe('/api/auth/cognito/logout');
  expect(client.logoutUrl('/api', 'https://www.example.com')).toBe(
    '/api/auth/cognito/logout?redirect=https%3A%2F%2Fwww.example.com',
  );
});

describe('finishLogin', () => {
  test('trades the code, and takes it alone out of the address bar', async () => {
    const { page, client } = open(`${FRONT}?next=%2Fa&access_token=code#top`);
    await expect(client.finishLogin(api)).resolves.toEqual(SESSION);
    expect(page.href).toBe(`${FRONT}?next=%2Fa#top`);
    expect(bodies).toEqual([{ access_token: 'code' }]);
  });

  test('answers a second call from the first, while it is under way', async () => {
    const { client } = open(`${FRONT}?access_token=code`);
    const [first, second] = [client.finishLogin(api), client.finishLogin(api)];
    await expect(Promise.all([first, second])).resolves.toEqual([SESSION, SESSION]);
    expect(bodies).toHaveLength(1);
    // Who comes back to the page later has not just logged in.
    await expect(client.finishLogin(api)).resolves.toBeNull();
  });

  test('takes Cognito tokens out of the address bar, and trades the id_token', async () => {
    const { page, client } = open(`${FRONT}?access_token=a.b.c&id_token=d.e.f&refresh_token=g&x=1`);
    await expect(client.finishLogin(api)).resolves.toEqual(SESSION);
    expect(page.href).toBe(`${FRONT}?x=1`);
    expect(bodies).toEqual([{ id_token: 'd.e.f' }]);
  });

  test('a new code is a new login, and another page is none', async () => {
    const { page, client } = open(`${FRONT}?access_token=one`);
    await client.finishLogin(api);
    page.href = `${FRONT}?access_token=two`;
    await client.finishLogin(api);
    expect(bodies).toEqual([{ access_token: 'one' }, { access_token: 'two' }]);
    page.href = 'https://www.example.com/members';
    await expect(client.finishLogin(api)).resolves.toBeNull();
  });

  test('says what the login ended with', async () => {
    const { page, client } = open(`${FRONT}?error=access_denied&error_description=No+thanks`);
    const failure = { name: 'LoginError', code: 'access_denied', message: 'No thanks' };
    const [first, second] = [client.finishLogin(api), client.finishLogin(api)];
    await expect(first).rejects.toMatchObject(failure);
    await expect(second).rejects.toMatchObject(failure);
    expect(page.href).toBe(FRONT);
    expect(bodies).toEqual([]);
  });

  test.each([
    [400, { error: { message: 'Too late', details: { code: 'login_expired' } } }, 'login_expired'],
    [500, { error: { message: 'Internal Server Error' } }, 'unknown'],
    [502, '<html>', 'unknown'],
    [200, { jwt: 'jwt' }, 'unknown'],
  ])('an answer %p %p is the error %s', async (status, body, code) => {
    const { client } = open(`${FRONT}?access_token=code`);
    answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
    const login = client.finishLogin(api);
    await expect(login).rejects.toBeInstanceOf(client.LoginError);
    await expect(login).rejects.toMatchObject({ code });
  });
});

describe('the file', () => {
  const source = readFileSync(join(repositoryRoot, 'client/index.ts'), 'utf8');

  test('knows every code of the server', () => {
    for (const code of Object.keys(errorTable)) expect(source).toContain(`| '${code}'`);
  });

  test('stays within 900 bytes, compressed, and imports nothing', () => {
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ES2022,
        removeComments: true,
      },
    });
    expect(outputText).not.toMatch(/\bimport\b/);
    expect(gzipSync(outputText).byteLength).toBeLessThanOrEqual(900);
  });
});
