import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type Keygrip from 'keygrip';
import type { Context } from 'koa';
import { CognitoError } from '../protocol/errors';
import { parseJsonObject } from '../protocol/http';
import { timingSafeEqualStrings } from '../protocol/timing-safe-equal';

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

/** A sign-up that waits for a mail takes a while. In milliseconds, for the login and its cookie. */
const LIFETIME_MS = 60 * 60 * 1000;
/** Tabs in which one browser may be logging in at the same time; the oldest give way. */
const MAX_PENDING = 5;
/**
 * All pending logins together, as they stand in the header `Cookie`, in bytes. Node.js refuses a request
 * whose headers are over 16 KiB, and browsers drop a cookie over 4096 bytes.
 */
const MAX_HEADER = 4000;
/** Cookies that are left over or forged, of which one response clears no more than this. */
const MAX_CLEARED = 20;
/** A login is no larger than this once it is unpacked, in bytes. */
const MAX_UNPACKED = 16 * 1024;

const PREFIX = 'cognito-login.';
/** A packed login and its signature. */
const SIGNED = /^([\w-]+)\.([\w-]+)$/;
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
  private readonly received: ReadonlyMap<string, string | undefined>;

  constructor(
    private readonly ctx: Context,
    private readonly secure: boolean,
  ) {
    this.prefix = secure ? HOST_PREFIX + PREFIX : PREFIX;
    this.received = parseCookies(ctx.headers.cookie ?? '', this.prefix);
  }

  /**
   * Remembers a login in this browser. The oldest logins give way where there are too many, or where
   * all of them together are too large.
   *
   * @throws {CognitoError} `invalid_request` where it is too large for a cookie, `not_configured` where
   * Strapi has no keys to sign it with.
   */
  start(login: PendingLogin): void {
    const { keys } = this;
    if (!keys) {
      throw new CognitoError(
        'not_configured',
        'app.keys is missing in config/server: no cookie can be signed',
      );
    }
    const name = this.nameOf(login.state);
    const packed = pack(login);
    const value = `${packed}.${keys.sign(`${name}=${packed}`)}`;
    const size = sizeOf(name, value);
    if (size > MAX_HEADER) {
      throw new CognitoError('invalid_request', 'the login is too large for a cookie', {
        message: 'The front-end URL is too long.',
      });
    }
    for (const superfluous of this.superfluousBeside(size)) this.write(superfluous, null);
    this.write(name, value);
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
    if (!login || !timingSafeEqualStrings(login.state, state)) {
      throw new CognitoError(
        'invalid_request',
        'no login with this state was started in this browser in the last hour, or its cookie was lost ' +
          '(another host name, a blocked cookie, changed app keys), or it was used before',
        {
          message:
            'This login was not started in this browser, or took too long. Please log in again.',
        },
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

  /** The login in the cookie of this name, if we signed it. */
  private read(name: string): PendingLogin | undefined {
    const [, packed, signature] = SIGNED.exec(this.received.get(name) ?? '') ?? [];
    if (packed === undefined || signature === undefined) return undefined;
    if (!this.keys?.verify(`${name}=${packed}`, signature)) return undefined;
    return unpack(packed);
  }

  /**
   * The names of the cookies for which there is no room beside the login to come. The oldest logins give
   * way; before them those that cannot be read, which may be the logins of another Strapi on this host.
   */
  private superfluousBeside(size: number): string[] {
    const others = [...this.received].map(([name, value]) => ({
      name,
      size: value === undefined ? Infinity : sizeOf(name, value),
      startedAt: this.read(name)?.startedAt ?? 0,
    }));
    others.sort((a, b) => b.startedAt - a.startedAt);
    let [count, total] = [1, size];
    const kept = others.findIndex((other) => {
      count += 1;
      total += other.size;
      return count > MAX_PENDING || total > MAX_HEADER;
    });
    return kept < 0 ? [] : others.slice(kept, kept + MAX_CLEARED).map(({ name }) => name);
  }

  private write(name: string, value: string | null): void {
    const { cookies } = this.ctx;
    const before = cookies.secure;
    // Otherwise koa refuses a secure cookie where a proxy in front of Strapi ended https.
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

/** Compressed, as random text in hexadecimal digits and URLs are long for what they say. */
function pack(login: PendingLogin): string {
  return deflateRawSync(JSON.stringify(login)).toString('base64url');
}

/** Unpacks what we signed, which has the form that we gave it. */
function unpack(packed: string): PendingLogin | undefined {
  try {
    const bytes = Buffer.from(packed, 'base64url');
    const text = inflateRawSync(bytes, { maxOutputLength: MAX_UNPACKED }).toString('utf8');
    return parseJsonObject(text) as PendingLogin | undefined;
  } catch {
    return undefined;
  }
}

/** What a cookie takes of the header `Cookie`, in bytes: its name and value are ASCII. */
const sizeOf = (name: string, value: string): number => `${name}=${value}; `.length;

/**
 * The cookies whose names begin with a prefix. A browser vouches for the prefix `__Host-` byte by byte,
 * so a name must not be read in any other way than it does: nothing but spaces and tabs is taken off.
 * It has one cookie of such a name, so a name that comes twice is an attempt to pass one off for the
 * other: then neither counts (`undefined`).
 *
 * They are read here, as koa's reader keeps a pattern for every name that it was ever asked for, and these
 * names are without end.
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
