import Koa from 'koa';
import { randomBytes } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { LoginCookies, type PendingLogin, checkNotExpired } from '../../server/login/login-cookie';
import { caughtCode, caughtError } from '../support/caught-error';

/** A browser's cookies by name, as far as these tests need one. */
class Jar {
  readonly cookies = new Map<string, string>();
  /** All `Set-Cookie` headers so far. */
  readonly received: string[] = [];

  constructor(
    private readonly secure = false,
    private readonly keys: string[] | undefined = ['an app key'],
  ) {}

  /** A request with these cookies to a Strapi behind a TLS proxy: the connection itself is plain. */
  request<T>(action: (logins: LoginCookies, ctx: Koa.Context) => T): T {
    const app = new Koa();
    if (this.keys) app.keys = this.keys;
    const request = new IncomingMessage(new Socket());
    request.headers.cookie = this.header;
    const response = new ServerResponse(request);
    const ctx = app.createContext(request, response);
    try {
      return action(new LoginCookies(ctx, this.secure), ctx);
    } finally {
      for (const line of [response.getHeader('set-cookie') ?? []].flat().map(String)) {
        this.received.push(line);
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (line.includes('; expires=Thu, 01 Jan 1970')) this.cookies.delete(name);
        else this.cookies.set(name, value);
      }
    }
  }

  start(login: PendingLogin): void {
    this.request((logins) => logins.start(login));
  }

  consume(state: string): PendingLogin | undefined {
    return this.request((logins) => logins.consume(state));
  }

  get names(): string[] {
    return [...this.cookies.keys()];
  }

  /** The value of the first cookie. */
  get value(): string {
    return [...this.cookies.values()][0] ?? '';
  }

  /** Changes the login and the signature of the first cookie. */
  change(to: (parts: [login: string, signature: string]) => string): void {
    const [login = '', signature = ''] = this.value.split('.');
    this.cookies.set(this.names[0]!, to([login, signature]));
  }

  /** The cookies that the browser sends. */
  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

/** Text that cannot be compressed. */
const random = (length: number) => randomBytes(length).toString('base64url').slice(0, length);

const decodeLogin = (state: string, change: Partial<PendingLogin> = {}): PendingLogin => ({
  state,
  nonce: `nonce of ${state}`,
  codeVerifier: 'v'.repeat(43),
  frontEndUrl: 'http://localhost:3000/?a=Zoë',
  startedAt: 1_700_000_000_000,
  ...change,
});

test('a login is stored, and can be consumed once', () => {
  const jar = new Jar();
  jar.start(decodeLogin('a'));
  expect(jar.names).toHaveLength(1);
  expect(jar.consume('a')).toEqual(decodeLogin('a'));
  expect(jar.cookies.size).toBe(0);
  expect(jar.consume('a')).toBeUndefined();
});

test('each of two tabs has its own login', () => {
  const jar = new Jar();
  jar.start(decodeLogin('a'));
  jar.start(decodeLogin('b'));
  expect(jar.consume('a')).toEqual(decodeLogin('a'));
  expect(jar.consume('b')).toEqual(decodeLogin('b'));
});

describe('a login must belong to this browser and be signed', () => {
  test.each<[string, (jar: Jar) => void]>([
    ['no cookie', (jar) => jar.cookies.clear()],
    ['no signature', (jar) => jar.change(([login]) => login)],
    ['an empty signature', (jar) => jar.change(([login]) => `${login}.`)],
    ['a changed signature', (jar) => jar.change(([login]) => `${login}.${'x'.repeat(27)}`)],
    ['more after the signature', (jar) => jar.change((parts) => `${parts.join('.')}.x`)],
    [
      'a changed login',
      (jar) => {
        const other = new Jar(false, ['another key']);
        other.start(decodeLogin('a', { frontEndUrl: 'http://evil.example' }));
        const [login = ''] = other.value.split('.');
        jar.change(([, signature]) => `${login}.${signature}`);
      },
    ],
    [
      'the login of another state in its place',
      (jar) => {
        const other = new Jar();
        other.start(decodeLogin('b'));
        jar.change(() => other.value);
      },
    ],
  ])('%s', (_, change) => {
    const jar = new Jar();
    jar.start(decodeLogin('a'));
    change(jar);
    expect(jar.consume('a')).toBeUndefined();
  });

  test.each(['b', '', 'A', 'a '])('state %p', (state) => {
    const jar = new Jar();
    jar.start(decodeLogin('a'));
    expect(jar.consume(state)).toBeUndefined();
    // The failure of another state does not affect this login.
    expect(jar.consume('a')).toEqual(decodeLogin('a'));
  });

  test('app keys that were changed', () => {
    const before = new Jar(false, ['old key']);
    before.start(decodeLogin('a'));
    const after = new Jar(false, ['new key']);
    before.cookies.forEach((value, name) => after.cookies.set(name, value));
    expect(after.consume('a')).toBeUndefined();
  });
});

describe('the cookie', () => {
  test('is for this site only, and not for scripts', () => {
    const jar = new Jar();
    jar.start(decodeLogin('a'));
    expect(jar.received).toHaveLength(1);
    for (const line of jar.received) {
      expect(line).toMatch(/^cognito-login\.[\w-]{22}=/);
      expect(line).toMatch(/; path=\/(?:;|$)/);
      expect(line).toMatch(/; httponly/i);
      expect(line).toMatch(/; samesite=lax/i);
      expect(line).not.toMatch(/; secure/i);
      expect(line).not.toMatch(/; domain/i);
    }
  });

  test('is secure and for this host if Strapi is https, even behind a proxy', () => {
    const jar = new Jar(true);
    jar.start(decodeLogin('a'));
    expect(jar.received).toHaveLength(1);
    for (const line of jar.received) {
      expect(line).toMatch(/^__Host-cognito-login\./);
      expect(line).toMatch(/; secure/i);
    }
    expect(jar.consume('a')).toEqual(decodeLogin('a'));
  });

  test.each([true, false])("does not change koa's other cookies (secure: %p)", (secure) => {
    new Jar(secure).request((logins, ctx) => {
      const before = ctx.cookies.secure;
      logins.start(decodeLogin('a'));
      expect(ctx.cookies.secure).toBe(before);
    });
  });

  test('does not contain the state in its name', () => {
    const jar = new Jar();
    jar.start(decodeLogin('the-state'));
    expect(jar.names[0]).not.toContain('the-state');
  });

  test('lives for an hour', () => {
    const jar = new Jar();
    const before = Date.now();
    jar.start(decodeLogin('a'));
    const expires = Date.parse(/; expires=([^;]+)/.exec(jar.received[0]!)?.[1] ?? '');
    // Stored in whole seconds.
    expect(expires).toBeGreaterThanOrEqual(before + 60 * 60 * 1000 - 1000);
    expect(expires).toBeLessThanOrEqual(Date.now() + 60 * 60 * 1000);
  });

  test('is small enough for a browser, or rejected', async () => {
    const jar = new Jar(true);
    const longest = decodeLogin('s'.repeat(43), { frontEndUrl: `http://x/${random(2500)}` });
    jar.start(longest);
    for (const line of jar.received) expect(line.length).toBeLessThanOrEqual(4096);
    expect(jar.consume(longest.state)).toEqual(longest);
    const tooLong = decodeLogin('a', { frontEndUrl: `http://x/${random(4_000)}` });
    expect(await caughtCode(() => jar.start(tooLong))).toBe('invalid_request');
    expect(jar.cookies.size).toBe(0);
  });
});

describe('many tabs', () => {
  test.each([10, 300, 1000, 2500])('with %d characters of a URL stay under 4 kB', (length) => {
    const jar = new Jar(true);
    for (let n = 1; n <= 8; n += 1) {
      const frontEndUrl = `https://www.example.com/${random(length)}`;
      const login = decodeLogin(random(40), {
        frontEndUrl,
        startedAt: n,
        codeVerifier: random(80),
      });
      jar.start(login);
      expect(jar.header.length).toBeLessThan(4096);
      expect(jar.request((logins) => logins.consume(login.state))).toEqual(login);
      jar.start(login);
    }
    expect(jar.names).toHaveLength({ 10: 5, 300: 5, 1000: 2, 2500: 1 }[length]!);
  });

  test('the five newest are kept, in any order of the browser', () => {
    const jar = new Jar();
    for (const age of [3, 1, 5, 2, 4]) jar.start(decodeLogin(`tab ${age}`, { startedAt: age }));
    expect(jar.names).toHaveLength(5);
    jar.start(decodeLogin('new', { startedAt: 6 }));
    expect(jar.names).toHaveLength(5);
    expect(jar.consume('tab 1')).toBeUndefined();
    for (const state of ['tab 2', 'tab 3', 'tab 4', 'tab 5', 'new']) {
      expect(jar.consume(state)?.state).toBe(state);
    }
  });

  test('forged ones are deleted first, and other cookies stay', () => {
    const jar = new Jar();
    jar.cookies.set('other', 'x');
    for (let i = 0; i < 8; i += 1) jar.cookies.set(`cognito-login.forged${i}`, 'e30');
    jar.start(decodeLogin('a'));
    jar.start(decodeLogin('b'));
    expect(jar.names.filter((name) => name.startsWith('cognito-login.'))).toHaveLength(5);
    expect(jar.cookies.get('other')).toBe('x');
    expect(jar.consume('a')?.state).toBe('a');
    expect(jar.consume('b')?.state).toBe('b');
  });

  test('forged ones are deleted before old logins, if there are too many for one response', () => {
    const jar = new Jar();
    for (let i = 0; i < 5; i += 1) jar.start(decodeLogin(`tab ${i}`, { startedAt: i }));
    for (let i = 0; i < 20; i += 1) jar.cookies.set(`cognito-login.forged${i}`, 'e30');
    jar.start(decodeLogin('new', { startedAt: 5 }));
    expect(jar.names.filter((name) => name.includes('forged'))).toEqual([]);
  });
});

describe('old cookies', () => {
  test('of an older version are deleted, and break nothing', () => {
    const jar = new Jar();
    for (let n = 0; n < 5; n += 1) {
      jar.cookies.set(`cognito-login.${'x'.repeat(21)}${n}`, 'e30'.repeat(500));
      jar.cookies.set(`cognito-login.${'x'.repeat(21)}${n}.sig`, 'x'.repeat(27));
    }
    jar.start(decodeLogin('a'));
    expect(jar.header.length).toBeLessThan(4096);
    expect(jar.consume('a')).toEqual(decodeLogin('a'));
  });

  test('with unusual names are deleted like others', () => {
    const jar = new Jar();
    for (const name of ['', '\xff', ' x', '"', ',', '()', '.sig', '%00', '__proto__']) {
      jar.cookies.set(`cognito-login.${name}`, 'x');
    }
    jar.start(decodeLogin('a'));
    expect(jar.cookies.size).toBe(5);
    expect(jar.consume('a')).toEqual(decodeLogin('a'));
  });
});

describe('checkNotExpired', () => {
  const HOUR = 60 * 60 * 1000;
  const login = decodeLogin('a');
  afterEach(() => jest.restoreAllMocks());
  const after = (ms: number) => jest.spyOn(Date, 'now').mockReturnValue(login.startedAt + ms);

  test('a login may take an hour', () => {
    after(HOUR);
    expect(() => checkNotExpired(login)).not.toThrow();
  });

  test('but not longer', async () => {
    after(HOUR + 1);
    expect(await caughtError(() => checkNotExpired(login))).toMatchObject({
      code: 'login_expired',
      message: 'This login took too long. Please log in again.',
    });
  });
});

test('without app keys no login can be stored, and the log says what is missing', async () => {
  const jar = new Jar();
  Object.assign(jar, { keys: undefined });
  const refusal = await caughtError(() =>
    Promise.resolve().then(() => jar.start(decodeLogin('state'))),
  );
  expect(refusal).toMatchObject({
    code: 'not_configured',
    reason: expect.stringContaining('app.keys') as string,
  });
  expect(jar.received).toEqual([]);
});
