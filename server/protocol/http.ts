import type { Agent } from 'node:http';
import { CognitoError, quote } from './errors';
import { withTimeout } from './with-timeout';

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An HTTP response. Its body is a stream of Node on Strapi 4, and one of the web on Strapi 5. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** How the protocol makes HTTP requests. */
export interface Http {
  /** Strapi's own fetch, which uses the proxy of `server.globalProxy`. */
  readonly fetch: (
    url: string,
    init: HttpRequest & { readonly redirect: 'manual'; readonly signal: AbortSignal },
  ) => Promise<HttpResponse>;
  /** The agent with which Node's own HTTP client uses that proxy, too. */
  readonly proxy?: Agent;
  /** Milliseconds for a whole request, with the response's body. */
  readonly timeout: number;
}

/** A response with a JSON object. */
export interface JsonResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** After decompression. Larger responses are not read; Cognito's are far smaller. */
export const MAX_BODY_BYTES = 256 * 1024;

export const unavailable = (endpoint: string, problem: string, cause?: unknown) =>
  new CognitoError('cognito_unavailable', `${endpoint}: ${problem}`, { cause });

/** Reads a body. Stops and returns `undefined` if it is larger than {@link MAX_BODY_BYTES}. */
async function readBody(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Parses a text that must be a JSON object. `undefined` for anything else. */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

/**
 * Reads a response as a JSON object of at most {@link MAX_BODY_BYTES} bytes.
 *
 * @param endpoint names the endpoint in error messages.
 * @throws {CognitoError} `cognito_unavailable` for 3xx, 429, 5xx, and for a 2xx without a JSON object. A 4xx is
 * returned to the caller, with `{}` as its body if it is not JSON.
 */
export async function readJson(
  endpoint: string,
  status: number,
  body: AsyncIterable<Uint8Array> | null,
): Promise<JsonResponse> {
  if (status < 200 || (status >= 300 && status < 400) || status === 429 || status >= 500) {
    throw unavailable(endpoint, `answered ${status}`);
  }
  const text = body ? await readBody(body) : '';
  if (text === undefined) {
    throw unavailable(endpoint, `the response is larger than ${MAX_BODY_BYTES} bytes`);
  }
  const parsed = parseJsonObject(text);
  if (!parsed && status < 300) throw unavailable(endpoint, 'the response is not a JSON object');
  return { status, body: parsed ?? {} };
}

/**
 * Creates a function that makes a request, and reads the response. It is limited in time and follows no redirect. The
 * connection ends when the response has been read.
 */
const requester =
  <Result>(read: (endpoint: string, response: HttpResponse) => Promise<Result>) =>
  async (http: Http, endpoint: string, url: string, init: HttpRequest = {}): Promise<Result> => {
    const controller = new AbortController();
    const { signal } = controller;
    const call = async () =>
      read(endpoint, await http.fetch(url, { ...init, redirect: 'manual', signal }));
    try {
      return await withTimeout(call(), http.timeout);
    } catch (error) {
      throw toUnavailable(endpoint, error, http.timeout);
    } finally {
      controller.abort();
    }
  };

/** Requests JSON, as {@link readJson} reads it. @throws {CognitoError} `cognito_unavailable`. */
export const requestJson = requester((endpoint, { status, body }) =>
  readJson(endpoint, status, body),
);

/** Any response, for checks of how a host behaves. */
export interface AnyResponse {
  readonly status: number;
  /** `Location`; Strapi's fetch makes it absolute. */
  readonly location?: string;
  /** `Date` in milliseconds; none in a response from a cache. */
  readonly date?: number;
  /** The body if it is a JSON object of at most {@link MAX_BODY_BYTES} bytes; that of a redirect is not read. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Requests anything. @throws {CognitoError} `cognito_unavailable` if no whole response comes in time. */
export const requestAny = requester(async (_, { status, headers, body }): Promise<AnyResponse> => {
  const location = headers.get('location') ?? undefined;
  const date = headers.get('age') === null ? Date.parse(headers.get('date') ?? '') : NaN;
  const text = location === undefined && body ? await readBody(body) : undefined;
  return {
    status,
    location,
    date: Number.isNaN(date) ? undefined : date,
    body: parseJsonObject(text ?? ''),
  };
});

/** The names that Node's HTTP client has for errors of Undici, which is the web's fetch. */
const NODE_CODES: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
};

/** The error of the connection, which the web's fetch wraps in a `TypeError`. */
function toConnectionError(error: unknown): Partial<Record<keyof NodeJS.ErrnoException, unknown>> {
  const cause = error instanceof TypeError && error.cause ? error.cause : error;
  const { code } = cause as { code?: unknown };
  const nodeCode = NODE_CODES[String(code)];
  return nodeCode === undefined ? (cause as Error) : { code: nodeCode, cause };
}

/** Converts any failure of a request to `cognito_unavailable`. A {@link CognitoError} is returned unchanged. */
export function toUnavailable(endpoint: string, error: unknown, timeout: number): CognitoError {
  if (error instanceof CognitoError) return error;
  const cause = toConnectionError(error);
  const { name, code, message } = cause;
  if (name === 'TimeoutError') {
    return unavailable(endpoint, `no answer within ${timeout} ms`, cause);
  }
  return unavailable(endpoint, quote(typeof code === 'string' ? code : message), cause);
}
