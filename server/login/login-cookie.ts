import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type Keygrip from 'keygrip';
import type { Context } from 'koa';
import { CognitoError } from '../protocol/errors';
import { parseJsonObject } from '../protocol/http';
import { sha256, timingSafeEqualStrings } from '../protocol/crypto';

/** A login between its start and the return from Cognito. */
export interface PendingLogin {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly frontEndUrl: string;
  /** The front-end's own `state`, which it gets back at the end. */
  readonly frontEndState?: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** How long a login and its cookie are valid, in milliseconds. A sign-up has to wait for an email. */
const LIFETIME_MS = 60 * 60 * 1000;
/** How many logins one browser can have at the same time, for example in tabs. The oldest ones are deleted. */
const MAX_PENDING = 5;
/** Bytes of all pending logins in the header. Node.js accepts 16 KiB of headers, browsers 4096 bytes for a cookie. */
const MAX_HEADER = 4000;
/** How many old or forged cookies one response deletes, at most. */
const MAX_CLEARED = 20;
const MAX_UNPACKED = 16 * 1024;

const PREFIX = 'cognito-login.';
const SIGNED = /^([\w-]+)\.([\w-]+)$/;
/** @see https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix */
const HOST_PREFIX = '__Host-';

/**
 * Each login has its own signed cookie, named after its state. Therefore two tabs do not overwrite each other, and
 * Strapi's session is not needed. The cookie is secure if Strapi's public URL is https, even if a proxy in front of
 * Strapi terminates https.
 */
export class LoginCookies {
  private readonly prefix: string;
  private readonly received: ReadonlyMap<string, string | undefined>;

  constructor(
    private readonly ctx: Context,
    private readonly secure: boolean,
  ) {
    this.prefix = secure ? HOST_PREFIX + PREFIX : PREFIX;
    this.received = parseCookies(ctx.headers.cookie ?? '', this.prefix);
  }

  /**
   * Stores a login in this browser. The oldest logins are deleted if there are too many, or if they are too
   * large together.
   *
   * @throws {CognitoError} `invalid_request` if it is too large for a cookie, `not_configured` if Strapi has
   * no keys to sign it.
   */
  start(login: PendingLogin): void {
    const { keys } = this;
    if (!keys) {
      const reason = 'app.keys is missing in config/server: no cookie can be signed';
      throw new CognitoError('not_configured', reason);
    }
    const name = this.cookieName(login.state);
    // Hexadecimal text and URLs compress well.
    const packed = deflateRawSync(JSON.stringify(login)).toString('base64url');
    const value = `${packed}.${keys.sign(`${name}=${packed}`)}`;
    const size = headerSize(name, value);
    if (size > MAX_HEADER) {
      throw new CognitoError('invalid_request', 'the login is too large for a cookie', {
        message: 'The front-end URL is too long.',
      });
    }
    for (const evicted of this.evictedBy(size)) this.write(evicted, null);
    this.write(name, value);
  }

  /** Deletes the login with this state from the browser, and returns it if this browser started it. */
  consume(state: string): PendingLogin | undefined {
    const name = this.cookieName(state);
    const login = this.read(name);
    this.write(name, null);
    return login && timingSafeEqualStrings(login.state, state) ? login : undefined;
  }

  private cookieName(state: string): string {
    return this.prefix + sha256(state).toString('base64url').slice(0, 22);
  }

  private get keys(): Keygrip | undefined {
    return (this.ctx.cookies as unknown as { keys?: Keygrip }).keys;
  }

  /** The login in the cookie with this name, if its signature is valid. */
  private read(name: string): PendingLogin | undefined {
    const [, packed, signature] = SIGNED.exec(this.received.get(name) ?? '') ?? [];
    if (packed === undefined || signature === undefined) return undefined;
    return this.keys?.verify(`${name}=${packed}`, signature) ? unpack(packed) : undefined;
  }

  /**
   * The cookies to delete for a new one of this size: unreadable ones, such as those of another Strapi, then the oldest.
   */
  private evictedBy(size: number): string[] {
    const others = [...this.received].map(([name, value]) => ({
      name,
      size: value === undefined ? Infinity : headerSize(name, value),
      startedAt: this.read(name)?.startedAt ?? 0,
    }));
    others.sort((a, b) => b.startedAt - a.startedAt);
    let [count, total] = [1, size];
    const evicted = others.filter((other) => {
      count += 1;
      total += other.size;
      return count > MAX_PENDING || total > MAX_HEADER;
    });
    return evicted.slice(-MAX_CLEARED).map(({ name }) => name);
  }

  private write(name: string, value: string | null): void {
    const { cookies } = this.ctx;
    const before = cookies.secure;
    // Otherwise Koa refuses a secure cookie if a proxy in front of Strapi terminates https.
    if (this.secure) cookies.secure = true;
    cookies.set(name, value, {
      signed: false,
      httpOnly: true,
      sameSite: 'lax',
      secure: this.secure,
      path: '/',
      maxAge: LIFETIME_MS,
      overwrite: true,
    });
    cookies.secure = before;
  }
}

/** Unpacks a login whose signature is valid. */
function unpack(packed: string): PendingLogin | undefined {
  try {
    const bytes = Buffer.from(packed, 'base64url');
    const text = inflateRawSync(bytes, { maxOutputLength: MAX_UNPACKED }).toString('utf8');
    return parseJsonObject(text) as PendingLogin | undefined;
  } catch {
    return undefined;
  }
}

/** The size of a cookie in the header `Cookie`, in bytes: its name and value are ASCII. */
const headerSize = (name: string, value: string): number => `${name}=${value}; `.length;

/**
 * The cookies whose names begin with a prefix. Names are read exactly as browsers do, which guarantee the prefix
 * `__Host-`: only spaces and tabs are trimmed. A browser has one cookie of such a name. If a name occurs twice, one
 * of the cookies is forged, and neither counts (`undefined`).
 *
 * Koa's own reader is not used, because it keeps a RegExp for every name, and each login has a different name.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.2
 */
function parseCookies(header: string, prefix: string): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const pair of header.split(';')) {
    const start = pair.search(/[^ \t]/);
    const end = pair.indexOf('=');
    if (start < 0 || end < 0 || !pair.startsWith(prefix, start)) continue;
    const name = pair.slice(start, end);
    found.set(name, found.has(name) ? undefined : pair.slice(end + 1));
  }
  return found;
}

/** @throws {CognitoError} `login_expired` for a login that was started too long ago. */
export function checkNotExpired(login: PendingLogin): void {
  if (Date.now() - login.startedAt <= LIFETIME_MS) return;
  throw new CognitoError('login_expired', 'the login was started more than an hour ago', {
    message: 'This login took too long. Please log in again.',
  });
}
