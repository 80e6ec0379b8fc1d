import http from 'node:http';
import https from 'node:https';

/** A response to a {@link Browser}. */
export interface BrowserResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** The `Location` header as an absolute URL; undefined without one. */
  location: string | undefined;
  body: string;
  /**
   * The body as JSON.
   * @throws SyntaxError when it is not JSON.
   */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- spares a cast in each test
  json: <T = unknown>() => T;
}

/** Options of a request. */
export interface BrowserRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A cookie in the jar. */
export interface Cookie {
  name: string;
  value: string;
  domain: string;
  /** Whether `Domain` was absent, so that the cookie is sent to this exact host only. */
  hostOnly: boolean;
  path: string;
  secure: boolean;
  httpOnly: boolean;
  sameSite: string | undefined;
  /** Milliseconds since the epoch; undefined for a session cookie. */
  expires: number | undefined;
}

/**
 * A headless browser that keeps cookies and follows no redirects, so that a test sees each step. As in a real browser,
 * cookies ignore the port.
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5
 */
export class Browser {
  private jar: Cookie[] = [];

  /** GET without following a redirect. */
  get(
    url: string,
    options: Omit<BrowserRequest, 'method' | 'body'> = {},
  ): Promise<BrowserResponse> {
    return this.request(url, options);
  }

  /** POST with form fields. */
  post(
    url: string,
    fields: Record<string, string>,
    options: Omit<BrowserRequest, 'method' | 'body'> = {},
  ): Promise<BrowserResponse> {
    return this.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...options.headers },
      body: new URLSearchParams(fields).toString(),
    });
  }

  /**
   * Any request. Connections are not kept alive, so that no server waits for one when it stops.
   * @throws the socket's error when there is no response.
   */
  async request(url: string, options: BrowserRequest = {}): Promise<BrowserResponse> {
    const target = new URL(url);
    const cookies = this.cookieHeader(target);
    const response = await send(target, {
      ...options,
      headers: { ...(cookies ? { cookie: cookies } : {}), ...options.headers },
    });
    response.headers['set-cookie']?.forEach((text) => this.keep(text, target));
    const { location } = response.headers;
    return {
      ...response,
      location: location === undefined ? undefined : absolute(location, target),
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as declared
      json: <T>() => JSON.parse(response.body) as T,
    };
  }

  /** The cookies that would be sent to a URL; without a URL, all that have not expired. */
  cookies(url?: string): Cookie[] {
    const now = Date.now();
    this.jar = this.jar.filter(({ expires }) => expires === undefined || expires > now);
    return url === undefined ? [...this.jar] : this.matching(new URL(url));
  }

  /** The value of a cookie that would be sent to a URL. */
  cookie(url: string, name: string): string | undefined {
    return this.cookies(url).find((cookie) => cookie.name === name)?.value;
  }

  /** Forgets the cookies of this name, or all of them. */
  forget(name?: string): void {
    this.jar = name === undefined ? [] : this.jar.filter((cookie) => cookie.name !== name);
  }

  private matching(url: URL): Cookie[] {
    // Browsers treat loopback over http as secure. This one does not, so that no test relies on it.
    return this.cookies()
      .filter((cookie) => !cookie.secure || url.protocol === 'https:')
      .filter((cookie) => domainMatches(cookie, url.hostname))
      .filter((cookie) => pathMatches(cookie.path, url.pathname))
      .sort((a, b) => b.path.length - a.path.length);
  }

  private cookieHeader(url: URL): string {
    return this.matching(url)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  private keep(text: string, from: URL): void {
    const cookie = parseSetCookie(text, from);
    if (!cookie || !domainMatches(cookie, from.hostname)) {
      return;
    }
    // A response over plain http may neither set nor replace a Secure cookie.
    if (cookie.secure && from.protocol !== 'https:') {
      return;
    }
    this.jar = this.jar.filter(
      ({ name, domain, path }) =>
        name !== cookie.name || domain !== cookie.domain || path !== cookie.path,
    );
    this.jar.push(cookie);
  }
}

function absolute(location: string, base: URL): string {
  return URL.canParse(location, base.href) ? new URL(location, base).href : location;
}

function parseSetCookie(text: string, from: URL): Cookie | undefined {
  const [pair = '', ...parts] = text.split(';');
  const [name, value] = splitPair(pair);
  if (name === '' || !pair.includes('=')) {
    return undefined;
  }
  const attributes = new Map(
    parts.map((part) => {
      const [key, setting] = splitPair(part);
      return [key.toLowerCase(), setting] as const;
    }),
  );
  const given = attributes.get('domain')?.replace(/^\./, '').toLowerCase();
  const domain = given === '' ? undefined : given;
  const path = attributes.get('path');
  return {
    name,
    value,
    domain: domain ?? from.hostname,
    hostOnly: domain === undefined,
    path: path?.startsWith('/') ? path : defaultPath(from.pathname),
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    sameSite: attributes.get('samesite')?.toLowerCase(),
    expires: expiry(attributes),
  };
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text.trim(), ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** Max-Age wins over Expires; an invalid one is ignored. */
function expiry(attributes: Map<string, string>): number | undefined {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) {
    const seconds = Number(maxAge);
    return seconds <= 0 ? 0 : Date.now() + seconds * 1000;
  }
  const date = Date.parse(attributes.get('expires') ?? '');
  return Number.isNaN(date) ? undefined : date;
}

function defaultPath(pathname: string): string {
  const end = pathname.lastIndexOf('/');
  return end <= 0 ? '/' : pathname.slice(0, end);
}

function domainMatches({ domain, hostOnly }: Cookie, host: string): boolean {
  return host === domain || (!hostOnly && host.endsWith(`.${domain}`));
}

function pathMatches(path: string, pathname: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}

type RawResponse = Pick<BrowserResponse, 'status' | 'headers' | 'body'>;

function send(url: URL, { method = 'GET', headers, body }: BrowserRequest): Promise<RawResponse> {
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
      agent: false as const,
      // Node 18 would only try the first address of localhost.
      autoSelectFamily: true,
    };
    const request = client.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
