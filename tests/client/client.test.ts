import { readFileSync } from 'node:fs';
import { type IncomingHttpHeaders, createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import ts from 'typescript';
import type * as Client from '../../client';
import { AUTHORIZE_ERRORS, errorTable } from '../../server/protocol/errors';
import { listenUntilEnd } from '../support/listening';
import { repositoryRoot } from '../support/strapi';

const FRONT = 'https://www.example.com/connect/cognito/redirect';
const SESSION = { jwt: 'jwt', user: { id: 1, username: 'ann', email: 'ann@example.com' } };
const DAY = 24 * 60 * 60 * 1000;

interface ExchangeRequest {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: unknown;
}

let api: string;
let answer: { status: number; body: string };
let asked: ExchangeRequest[];
/** The localStorage of the front-end's origin, for all tabs. */
let stored: Map<string, string>;

beforeAll(async () => {
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { method, url, headers } = request;
      asked.push({ method, url, headers, body: text === '' ? undefined : JSON.parse(text) });
      response.writeHead(answer.status).end(answer.body);
    });
  });
  const { port } = await listenUntilEnd(server, '127.0.0.1');
  api = `http://127.0.0.1:${port}/api`;
});

beforeEach(() => {
  asked = [];
  stored = new Map();
  answer = { status: 200, body: JSON.stringify(SESSION) };
});

afterEach(() => {
  jest.restoreAllMocks();
  for (const name of ['location', 'history', 'document', 'localStorage']) {
    Reflect.deleteProperty(globalThis, name);
  }
});

const bodies = () => asked.map(({ body }) => body);

/** Loads the module as a new page does. */
function open(url: string) {
  jest.resetModules();
  const page = { href: url, assign: jest.fn<undefined, [string]>() };
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => {
      stored.set(key, value);
      // As in a browser, the keys of the storage object are those of the entries.
      Object.defineProperty(storage, key, { enumerable: true, configurable: true, value });
    },
    removeItem: (key: string) => {
      stored.delete(key);
      Reflect.deleteProperty(storage, key);
    },
  };
  for (const name of ['getItem', 'setItem', 'removeItem']) {
    Object.defineProperty(storage, name, { enumerable: false });
  }
  for (const [key, value] of stored) storage.setItem(key, value);
  Object.assign(globalThis, {
    location: page,
    document: {},
    localStorage: storage,
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

/** Loads the module as a server does. */
function onServer() {
  jest.resetModules();
  return jest.requireActual<typeof Client>('../../client');
}

const getState = (url: string) => new URLSearchParams(url.split('?')[1]).get('state') ?? '';

/** Starts a login in this browser. Returns its state. */
const startLogin = () => getState(open(FRONT).client.loginUrl(api));

describe('loginUrl', () => {
  test('links to the login, with the parameters for Cognito', () => {
    const client = onServer();
    expect(client.loginUrl('https://api.example.com/api/')).toBe(
      'https://api.example.com/api/connect/cognito',
    );
    const url = client.loginUrl('/api', {
      identity_provider: 'Google',
      callback: `${FRONT}?a=1&b=2`,
      lang: undefined,
    });
    expect([...new URLSearchParams(url.split('?')[1])]).toEqual([
      ['identity_provider', 'Google'],
      ['callback', `${FRONT}?a=1&b=2`],
    ]);
  });

  test('has a random state in a browser, in a form that Strapi accepts', () => {
    const states = [startLogin(), startLogin(), startLogin()];
    for (const state of states) expect(state).toMatch(/^[A-Za-z0-9._~-]{20,128}$/);
    expect(new Set(states).size).toBe(3);
  });

  test('has one state for all links of a page, and a new one once a login has ended with it', async () => {
    const { page, client } = open(FRONT);
    const url = client.loginUrl(api);
    expect(getState(client.loginUrl(api, { identity_provider: 'Google' }))).toBe(getState(url));
    expect(stored.size).toBe(1);
    page.href = `${FRONT}?access_token=code&state=${getState(url)}`;
    await client.finishLogin(api);
    expect(stored.size).toBe(0);
    expect(getState(client.loginUrl(api))).not.toBe(getState(url));
  });

  test('stores nothing on a server, with any globals', () => {
    open(FRONT);
    Reflect.deleteProperty(globalThis, 'document');
    expect(onServer().loginUrl('/api')).toBe('/api/connect/cognito');
    expect(stored.size).toBe(0);
  });

  test("uses a server's own state, and stores none", () => {
    const { client } = open(FRONT);
    expect(getState(client.loginUrl(api, { state: 'own' }))).toBe('own');
    expect(stored.size).toBe(0);
  });

  test("remembers a login for a week, and leaves other code's entries unchanged", () => {
    const old = startLogin();
    const others = { theme: 'dark', '7': '0' };
    for (const [key, value] of Object.entries(others)) stored.set(key, value);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 6 * DAY);
    startLogin();
    expect([...stored.keys()].some((key) => key.endsWith(old))).toBe(true);
    jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * DAY);
    startLogin();
    expect([...stored.keys()].some((key) => key.endsWith(old))).toBe(false);
    expect(Object.fromEntries(stored)).toMatchObject(others);
    expect(stored.size).toBe(4);
  });

  test('links to the login even if the browser blocks storage', () => {
    const { client } = open(FRONT);
    Object.defineProperty(globalThis, 'localStorage', {
      configurable: true,
      get: () => {
        throw new Error('The operation is insecure.');
      },
    });
    expect(client.loginUrl('/api')).toBe('/api/connect/cognito');
  });
});

test('startLogin redirects to the login, each time with a new state', () => {
  const { page, client } = open(FRONT);
  client.startLogin('/api', { lang: 'de' });
  client.startLogin('/api');
  const [first = '', second = ''] = page.assign.mock.calls.map(([url]) => url);
  expect(first).toMatch(/^\/api\/connect\/cognito\?lang=de&state=[\w-]+$/);
  expect(getState(first)).not.toBe(getState(second));
  expect(stored.size).toBe(2);
});

test('logoutUrl links to the logout', () => {
  const client = onServer();
  expect(client.logoutUrl('/api')).toBe('/api/auth/cognito/logout');
  expect(client.logoutUrl('/api', 'https://www.example.com')).toBe(
    '/api/auth/cognito/logout?redirect=https%3A%2F%2Fwww.example.com',
  );
});

describe('finishLogin', () => {
  test('exchanges the code, and removes the login from the address bar', async () => {
    const state = startLogin();
    const { page, client } = open(`${FRONT}?next=%2Fa&access_token=code&state=${state}#top`);
    await expect(client.finishLogin(api)).resolves.toEqual(SESSION);
    expect(page.href).toBe(`${FRONT}?next=%2Fa#top`);
    expect(bodies()).toEqual([{ access_token: 'code' }]);
    expect(asked[0]).toMatchObject({ method: 'POST', url: '/api/auth/cognito/callback' });
  });

  test('finds the code before a hash route', async () => {
    const state = startLogin();
    const { page, client } = open(
      `https://www.example.com/?access_token=code&state=${state}#/login?x=1`,
    );
    await expect(client.finishLogin(api)).resolves.toEqual(SESSION);
    expect(page.href).toBe('https://www.example.com/#/login?x=1');
  });

  test('returns the result of the first call to a second one while it is in progress', async () => {
    const { client } = open(`${FRONT}?access_token=code&state=${startLogin()}`);
    const [first, second] = [client.finishLogin(api), client.finishLogin(api)];
    await expect(Promise.all([first, second])).resolves.toEqual([SESSION, SESSION]);
    expect(asked).toHaveLength(1);
    // A user who returns to the page later has not just logged in.
    await expect(client.finishLogin(api)).resolves.toBeNull();
  });

  test('a new code is a new login, and another page has none', async () => {
    const [one, two] = [startLogin(), startLogin()];
    const { page, client } = open(`${FRONT}?access_token=one&state=${one}`);
    await client.finishLogin(api);
    page.href = `${FRONT}?access_token=two&state=${two}`;
    await client.finishLogin(api);
    expect(bodies()).toEqual([{ access_token: 'one' }, { access_token: 'two' }]);
    page.href = 'https://www.example.com/members';
    await expect(client.finishLogin(api)).resolves.toBeNull();
  });

  test.each(['', '?access_token=', '?error=', '?state=x', '?code=x&state=y', '?id_token=a.b.c'])(
    'a page opened with %p has no login, and keeps its URL',
    async (query) => {
      const { page, client } = open(FRONT + query);
      await expect(client.finishLogin(api)).resolves.toBeNull();
      expect(page.href).toBe(FRONT + query);
      expect(asked).toEqual([]);
    },
  );

  test('keeps a parameter of the site that is named state', async () => {
    const state = startLogin();
    const { page, client } = open(`${FRONT}?state=california&access_token=code&state=${state}`);
    await expect(client.finishLogin(api)).resolves.toEqual(SESSION);
    expect(page.href).toBe(`${FRONT}?state=california`);
  });

  test.each<[number, object | string, string, string | undefined]>([
    [
      400,
      { error: { message: 'Too late', details: { code: 'login_expired' } } },
      'login_expired',
      'Too late',
    ],
    [403, { error: { message: 'New', details: { code: 'newer_code' } } }, 'newer_code', 'New'],
    [500, { error: { message: 'Internal Server Error' } }, 'unknown', 'Internal Server Error'],
    [502, '<html>', 'unknown', undefined],
    [500, 'null', 'unknown', undefined],
    [200, { jwt: 'jwt' }, 'unknown', 'The answer is not from Strapi.'],
  ])('a response %p %p is the error %s', async (status, body, code, description) => {
    const { client } = open(`${FRONT}?access_token=code&state=${startLogin()}`);
    answer = { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
    const login = client.finishLogin(api);
    await expect(login).rejects.toBeInstanceOf(client.LoginError);
    await expect(login).rejects.toMatchObject({
      code,
      description,
      status: status === 200 ? undefined : status,
    });
  });

  test('no response is the error unknown', async () => {
    const { client } = open(`${FRONT}?access_token=code&state=${startLogin()}`);
    const login = client.finishLogin('http://127.0.0.1:1/api');
    await expect(login).rejects.toMatchObject({ name: 'LoginError', code: 'unknown' });
  });
});

describe('a login that this browser did not start', () => {
  const MISMATCH = { name: 'LoginError', code: 'state_mismatch' };

  test.each(['', '&state=', '&state=guessed', '&state=__proto__', '&state=a&state=b'])(
    'is refused (%p), Strapi is not called, and the address bar is cleaned',
    async (state) => {
      startLogin();
      const { page, client } = open(`${FRONT}?x=1&access_token=code${state}`);
      await expect(client.finishLogin(api)).rejects.toMatchObject(MISMATCH);
      expect(page.href).toBe(`${FRONT}?x=1`);
      expect(asked).toEqual([]);
      // A login that was started here is still valid.
      expect(stored.size).toBe(1);
    },
  );

  test("is refused if the state is before the code, among the site's own parameters", async () => {
    const { client } = open(`${FRONT}?state=${startLogin()}&access_token=code`);
    await expect(client.finishLogin(api)).rejects.toMatchObject(MISMATCH);
  });

  test('is refused if the browser blocks storage', async () => {
    const { client } = open(`${FRONT}?access_token=code&state=${startLogin()}`);
    Object.defineProperty(globalThis, 'localStorage', {
      configurable: true,
      get: () => {
        throw new Error('The operation is insecure.');
      },
    });
    await expect(client.finishLogin(api)).rejects.toMatchObject(MISMATCH);
  });

  test('a state works once', async () => {
    const state = startLogin();
    await open(`${FRONT}?access_token=one&state=${state}`).client.finishLogin(api);
    const { client } = open(`${FRONT}?access_token=two&state=${state}`);
    await expect(client.finishLogin(api)).rejects.toMatchObject(MISMATCH);
    expect(bodies()).toEqual([{ access_token: 'one' }]);
  });

  test('a state works once, also if the login ended with an error', async () => {
    const state = startLogin();
    const failed = open(`${FRONT}?error=access_denied&state=${state}`).client.finishLogin(api);
    await expect(failed).rejects.toMatchObject({ code: 'access_denied' });
    const { client } = open(`${FRONT}?access_token=code&state=${state}`);
    await expect(client.finishLogin(api)).rejects.toMatchObject(MISMATCH);
  });

  test('is also refused for a second call', async () => {
    const { client } = open(`${FRONT}?access_token=code`);
    const [first, second] = [client.finishLogin(api), client.finishLogin(api)];
    await expect(first).rejects.toMatchObject(MISMATCH);
    await expect(second).rejects.toMatchObject(MISMATCH);
  });

  test('is accepted if the app allows it', async () => {
    const { page, client } = open(`${FRONT}?access_token=code&state=of-another-origin`);
    const login = client.finishLogin(api, { allowUnboundLogin: true });
    await expect(login).resolves.toEqual(SESSION);
    expect(page.href).toBe(FRONT);
  });
});

describe('tokens in the URL', () => {
  const TOKENS = 'access_token=a.b.c&id_token=d.e.f&refresh_token=g';

  test('are removed from the address bar, and the id_token is exchanged, if the app asks for that', async () => {
    const { page, client } = open(`${FRONT}?${TOKENS}&state=${startLogin()}&x=1`);
    const login = client.finishLogin(api, { acceptTokens: true });
    await expect(login).resolves.toEqual(SESSION);
    expect(page.href).toBe(`${FRONT}?x=1`);
    expect(bodies()).toEqual([{ id_token: 'd.e.f' }]);
  });

  test.each([TOKENS, 'access_token=a.b.c', 'access_token=code&id_token=d.e.f'])(
    'are refused otherwise: %s',
    async (tokens) => {
      const { page, client } = open(`${FRONT}?${tokens}&state=${startLogin()}`);
      await expect(client.finishLogin(api)).rejects.toMatchObject({ code: 'invalid_request' });
      expect(page.href).toBe(FRONT);
      expect(asked).toEqual([]);
    },
  );

  test('are refused if the browser did not start the login', async () => {
    const { client } = open(`${FRONT}?${TOKENS}`);
    const login = client.finishLogin(api, { acceptTokens: true });
    await expect(login).rejects.toMatchObject({ code: 'state_mismatch' });
  });
});

describe('an error in the URL', () => {
  test.each(['', '&state=guessed'])('is reported, with or without a state (%p)', async (state) => {
    const { page, client } = open(
      `${FRONT}?error=access_denied&error_description=No+thanks${state}`,
    );
    const failure = { name: 'LoginError', code: 'access_denied', description: 'No thanks' };
    const [first, second] = [client.finishLogin(api), client.finishLogin(api)];
    await expect(first).rejects.toMatchObject(failure);
    await expect(second).rejects.toMatchObject(failure);
    expect(page.href).toBe(FRONT);
    expect(asked).toEqual([]);
  });

  test("has a message of the client, and never the URL's text", async () => {
    const words = 'Call 555 1234 to unlock your account';
    for (const error of ['user_blocked', 'server_error', words, 'toString', '__proto__']) {
      const query = new URLSearchParams({ error, error_description: words });
      const { client } = open(`${FRONT}?${query.toString()}`);
      const failure = (await client
        .finishLogin(api)
        .catch((thrown: unknown) => thrown)) as Client.LoginError;
      expect(failure.message).toMatch(/^[A-Z].*\.$/);
      expect(`${failure.message} ${failure.code}`).not.toContain('555');
      expect(failure.description).toContain(words);
    }
  });

  test('that is not a code of a login is unknown, and is in the description', async () => {
    const { client } = open(`${FRONT}?error=new_error&error_description=Why`);
    const failure = { code: 'unknown', description: 'new_error: Why' };
    await expect(client.finishLogin(api)).rejects.toMatchObject(failure);
  });
});

describe('LoginError', () => {
  const { LoginError } = onServer();
  const codes = [...Object.keys(errorTable), ...AUTHORIZE_ERRORS];
  const others = [
    'login_in_progress',
    'role_missing',
    'registration_refused',
    'reauthentication_required',
    'state_mismatch',
  ];

  test.each([...new Set([...codes, ...others])])('has a message for %s', (code) => {
    const { message } = new LoginError(code);
    expect(message).toMatch(/^[A-Z].{8,90}\.$/);
    if (code !== 'server_error') expect(message).not.toBe(new LoginError('unknown').message);
  });

  test('has the message of unknown for any other code', () => {
    expect(new LoginError('newer_code', 'words').message).toBe(new LoginError('unknown').message);
  });
});

describe('linking', () => {
  const USER = SESSION.user;
  const authorization = 'Bearer the-jwt';

  beforeEach(() => {
    answer = { status: 200, body: JSON.stringify({ user: USER }) };
  });

  test('link sends the credentials, with the JWT', async () => {
    const credentials = { id_token: 'a.b.c' };
    await expect(onServer().link(api, 'the-jwt', credentials)).resolves.toEqual(USER);
    expect(asked).toMatchObject([
      { method: 'POST', url: '/api/auth/cognito/link', body: credentials },
    ]);
    expect(asked[0]?.headers).toMatchObject({ authorization });
  });

  test('unlink sends a request with the JWT', async () => {
    await expect(onServer().unlink(api, 'the-jwt')).resolves.toEqual(USER);
    expect(asked).toMatchObject([{ method: 'DELETE', url: '/api/auth/cognito/link' }]);
    expect(asked[0]?.headers).toMatchObject({ authorization });
  });

  test.each([
    [{ linked: true, linkedAt: '2026-11-25T17:00:00.000Z' }],
    [{ linked: false, linkedAt: null }],
  ])('linkStatus gives %p', async (status) => {
    answer = { status: 200, body: JSON.stringify(status) };
    await expect(onServer().linkStatus(api, 'the-jwt')).resolves.toEqual(status);
    expect(asked).toMatchObject([{ method: 'GET', url: '/api/auth/cognito/link' }]);
    expect(asked[0]?.headers).toMatchObject({ authorization });
  });

  test('both report why they fail', async () => {
    const client = onServer();
    const error = { message: 'Too old', details: { code: 'reauthentication_required' } };
    answer = { status: 401, body: JSON.stringify({ error }) };
    const failure = { code: 'reauthentication_required', description: 'Too old', status: 401 };
    await expect(client.link(api, 'jwt', {})).rejects.toMatchObject(failure);
    await expect(client.unlink(api, 'jwt')).rejects.toMatchObject(failure);
    await expect(client.linkStatus(api, 'jwt')).rejects.toMatchObject(failure);
    answer = { status: 200, body: '[]' };
    await expect(client.link(api, 'jwt', {})).rejects.toMatchObject({ code: 'unknown' });
    await expect(client.unlink(api, 'jwt')).rejects.toMatchObject({ code: 'unknown' });
    await expect(client.linkStatus(api, 'jwt')).rejects.toMatchObject({ code: 'unknown' });
  });

  describe('finishLink', () => {
    test('links with the code of the URL, once, and removes it from the address bar', async () => {
      const { page, client } = open(`${FRONT}?access_token=code&state=${startLogin()}`);
      const calls = [client.finishLink(api, 'the-jwt'), client.finishLink(api, 'the-jwt')];
      await expect(Promise.all(calls)).resolves.toEqual([USER, USER]);
      expect(page.href).toBe(FRONT);
      expect(asked).toMatchObject([
        { method: 'POST', url: '/api/auth/cognito/link', body: { access_token: 'code' } },
      ]);
      expect(asked[0]?.headers).toMatchObject({ authorization });
    });

    test('does not link what this browser did not start, with any options', async () => {
      const { client } = open(`${FRONT}?access_token=code&state=guessed`);
      const options = { allowUnboundLogin: true } as object;
      const linking = client.finishLink(api, 'the-jwt', options);
      await expect(linking).rejects.toMatchObject({ code: 'state_mismatch' });
      expect(asked).toEqual([]);
    });

    test('does not get the result of a login, nor the other way round', async () => {
      const { client } = open(`${FRONT}?access_token=code&state=${startLogin()}`);
      const linking = client.finishLink(api, 'the-jwt');
      await expect(client.finishLogin(api)).resolves.toBeNull();
      await expect(linking).resolves.toEqual(USER);
    });
  });
});

test('the compressed file is at most three kilobytes, and imports nothing', () => {
  const source = readFileSync(join(repositoryRoot, 'client/index.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ES2022,
      removeComments: true,
    },
  });
  expect(outputText).not.toMatch(/\bimport\b/);
  expect(gzipSync(outputText).byteLength).toBeLessThanOrEqual(3 * 1024);
});
