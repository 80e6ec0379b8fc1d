import { createHash } from 'node:crypto';
import type Keygrip from 'keygrip';
import type { Context } from 'koa';
import { CognitoError } from '../protocol/errors';
import { parseJsonObject } from '../protocol/http';
import { sameSecret } from '../protocol/same-secret';

/** A login that is on its way to Cognito and back. */
export interface PendingLogin {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** The front-end URL that this login ends at. */
  readonly callback: string;
  /** The `state` that the front-end began this login with; it gets it back at the end. */
  readonly frontEndState?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** A sign-up with a mail to wait for takes a while; whoever takes longer is told so. */
const LIFETIME_MS = 60 * 60 * 1000;
/** The cookie outlives the login, so that "too late" can be told from "never started here". */
const COOKIE_MS = 24 * LIFETIME_MS;
/** Tabs in which one browser may be logging in at once; the oldest give way. */
const MAX_PENDING = 5;
/** Each login has two cookies, itself and its signature; a few more may be left over. */
const MAX_READ = 4 * MAX_PENDING;
/** Browsers drop cookies over 4096 bytes, name and attributes included. */
const MAX_VALUE = 3500;

const PREFIX = 'cognito-login.';
/** @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix */
const HOST_PREFIX = '__Host-';

/**
 * Each login has a signed cookie of its own, named after its state: two tabs never overwrite one
 * another, and Strapi's session (one cookie for all, which the built-in provider fills with tokens)
 * is not needed. Behind a proxy that ends https the cookie is secure because Strapi's public URL is
 * https, whatever the connection to Strapi itself looks like.
 */
export class LoginCookies {
  private readonly prefix: string;
  private readonly received: ReadonlyMap<string, string>;

  constructor(
    private readonly ctx: Context,
    private readonly secure: boolean,
  ) {
    this.prefix = secure ? HOST_PREFIX + PREFIX : PREFIX;
    this.received = receivedCookies(ctx.headers.cookie ?? '', this.prefix);
  }

  /**
   * Remembers a login in this browser.
   *
   * @throws {CognitoError} `invalid_request` where its front-end URL is too long for a cookie,
   * `not_configured` where Strapi has no keys to sign it with.
   */
  start(login: PendingLogin): void {
    if (!this.keys) {
      throw new CognitoError(
        'not_configured',
        'app.keys is missing in config/server: no cookie can be signed',
      );
    }
    const value = Buffer.from(JSON.stringify(login)).toString('base64url');
    if (value.length > MAX_VALUE) {
      throw new CognitoError('invalid_request', 'the front-end URL is too long for a cookie');
    }
    for (const name of this.superfluous()) this.write(name, null);
    this.write(this.nameOf(login.state), value);
  }

  /**
   * The login that a state belongs to. It is spent from here on, whatever comes of it.
   *
   * @throws {CognitoError} `invalid_request` where this browser started no such login.
   */
  take(state: string): PendingLogin {
    const name = this.nameOf(state);
    const login = this.read(name);
    this.write(name, null);
    if (!login || !sameSecret(login.state, state)) {
      throw new CognitoError(
        'invalid_request',
        'no login with this state was started in this browser, or its cookie was lost ' +
          '(another host name, a blocked cookie, changed app keys), or it was used before',
        { message: 'This login was not started in this browser. Please log in again.' },
      );
    }
    return login;
  }

  private nameOf(state: string): string {
    return this.prefix + createHash('sha256').update(state).digest('base64url').slice(0, 22);
  }

  private get keys(): Keygrip | undefined {
    return (this.ctx.cookies as unknown as { keys?: Keygrip }).keys;
  }

  /** What the cookie of this name holds, where it is one that we signed. */
  private read(name: string): PendingLogin | undefined {
    const [value, signature] = [this.received.get(name), this.received.get(`${name}.sig`)];
    if (value === undefined || signature === undefined) return undefined;
    if (!this.keys?.verify(`${name}=${value}`, signature)) return undefined;
    // Signed by us: what parses has the form we gave it.
    return parseJsonObject(Buffer.from(value, 'base64url').toString()) as PendingLogin | undefined;
  }

  /** The names of the oldest logins, where there are too many beside the one to come. */
  private superfluous(): string[] {
    const names = [...this.received.keys()].filter((name) => !name.endsWith('.sig'));
    return names
      .map((name) => ({ name, at: this.read(name)?.startedAt ?? 0 }))
      .sort((a, b) => b.at - a.at)
      .slice(MAX_PENDING - 1)
      .map(({ name }) => name);
  }

  private write(name: string, value: string | null): void {
    const { cookies } = this.ctx;
    const before = cookies.secure;
    // Else koa refuses a secure cookie where a proxy in front of Strapi ended https.
    if (this.secure) cookies.secure = true;
    cookies.set(name, value, {
      signed: true,
      httpOnly: true,
      sameSite: 'lax',
      secure: this.secure,
      path: '/',
      maxAge: COOKIE_MS,
      overwrite: true,
    });
    cookies.secure = before;
  }
}

/**
 * The cookies whose names begin with a prefix, no more than a browser of ours could have. They are
 * read here, as koa's reader keeps a pattern for every name that it was ever asked for, and these
 * names are without end.
 */
function receivedCookies(header: string, prefix: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of header.split(';')) {
    const [name = '', value = ''] = pair.trim().split('=', 2);
    if (name.startsWith(prefix) && !found.has(name)) found.set(name, value);
    if (found.size === MAX_READ) break;
  }
  return found;
}

/**
 * Whether a login has lain too long.
 *
 * @throws {CognitoError} `login_expired`.
 */
export function checkAge(login: PendingLogin): void {
  if (Date.now() - login.startedAt <= LIFETIME_MS) return;
  throw new CognitoError('login_expired', 'the login was started more than an hour ago', {
    message: 'This login took too long. Please log in again.',
  });
}
