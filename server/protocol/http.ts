import type { Readable } from 'node:stream';
import { CognitoError, quote } from './errors';

/** One call, as {@link requestJson} makes it. */
export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Response {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: Readable | null;
}

/** What the protocol needs of the outside: a fetch, and how long one call may take. */
export interface Http {
  /** Strapi's own fetch, which uses the proxy that Strapi was told of. */
  readonly fetch: (
    url: string,
    init: HttpRequest & { readonly redirect: 'manual'; readonly signal: AbortSignal },
  ) => Promise<Response>;
  /** Milliseconds for one whole call, the body included. */
  readonly timeout: number;
}

/** An answer that was a JSON object. */
export interface JsonResponse {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** No answer of Cognito is larger than a fraction of this. In bytes, after decompression. */
export const MAX_BODY = 256 * 1024;

const unavailable = (what: string, problem: string, cause?: unknown) =>
  new CognitoError('cognito_unavailable', `${what}: ${problem}`, { cause });

/** Reads a body up to {@link MAX_BODY} bytes; a longer one is given up on, not read to its end. */
async function readBody(what: string, body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_BODY) throw unavailable(what, `the answer is larger than ${MAX_BODY} bytes`);
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
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/**
 * Reads an answer as a JSON object, within {@link MAX_BODY}.
 *
 * @param what names the call in error messages.
 * @throws {CognitoError} `cognito_unavailable` for 3xx, 429, 5xx, and for a 2xx that is no JSON
 * object. A 4xx is the caller's to judge: its body is `{}` where it was not JSON.
 */
export async function readJson(
  what: string,
  status: number,
  body: AsyncIterable<Uint8Array> | null,
): Promise<JsonResponse> {
  if (status < 200 || (status >= 300 && status < 400) || status === 429 || status >= 500) {
    throw unavailable(what, `answered ${status}`);
  }
  const parsed = body && parseJsonObject(await readBody(what, body));
  if (!parsed && status < 300) throw unavailable(what, 'the answer is not a JSON object');
  return { status, body: parsed ?? {} };
}

/**
 * One call to Cognito: no redirect followed, bounded in time.
 *
 * @param read takes what it wants of the answer; the connection is let go of then.
 */
async function call<Result>(
  http: Http,
  what: string,
  url: string,
  init: HttpRequest,
  read: (response: Response) => Promise<Result>,
): Promise<Result> {
  try {
    const response = await http.fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(http.timeout),
    });
    try {
      return await read(response);
    } finally {
      // Lets go of the connection where the body was not read to its end.
      response.body?.destroy();
    }
  } catch (error) {
    throw toUnavailable(what, error, http.timeout);
  }
}

/**
 * A call that wants JSON, bounded in time and size; no redirect is followed.
 *
 * @throws {CognitoError} `cognito_unavailable` where there is no answer in time or not one as
 * {@link readJson} wants it.
 */
export function requestJson(
  http: Http,
  what: string,
  url: string,
  init: HttpRequest = {},
): Promise<JsonResponse> {
  return call(http, what, url, init, ({ status, body }) => readJson(what, status, body));
}

/** An answer of any kind, for one who looks at how a host behaves. */
export interface AnyResponse {
  readonly status: number;
  /** `Location`, which may be relative to the URL that was called. */
  readonly location?: string;
  /** `Date` in milliseconds; none in an answer that a cache kept for a while. */
  readonly date?: number;
  /** The body where it is a JSON object of at most {@link MAX_BODY} bytes; that of a redirect is not read. */
  readonly body?: Readonly<Record<string, unknown>>;
}

async function readAnyJson(
  what: string,
  body: AsyncIterable<Uint8Array>,
): Promise<Record<string, unknown> | undefined> {
  try {
    return parseJsonObject(await readBody(what, body));
  } catch (error) {
    // Too large is one way of not being JSON; a broken connection is another matter.
    if (error instanceof CognitoError) return undefined;
    throw error;
  }
}

/**
 * A call that takes whatever comes, bounded in time and size; no redirect is followed.
 *
 * @throws {CognitoError} `cognito_unavailable` where no whole answer comes in time.
 */
export function requestAny(
  http: Http,
  what: string,
  url: string,
  init: HttpRequest = {},
): Promise<AnyResponse> {
  return call(http, what, url, init, async ({ status, headers, body }) => {
    const location = headers.get('location') ?? undefined;
    const date = headers.get('age') === null ? Date.parse(headers.get('date') ?? '') : NaN;
    const json = location === undefined && body ? await readAnyJson(what, body) : undefined;
    return {
      status,
      ...(location !== undefined && { location }),
      ...(!Number.isNaN(date) && { date }),
      ...(json && { body: json }),
    };
  });
}

/** Any failure of a call, as `cognito_unavailable`. Errors with a code of their own pass through. */
export function toUnavailable(what: string, error: unknown, timeout: number): CognitoError {
  if (error instanceof CognitoError) return error;
  const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown };
  if (name === 'TimeoutError' || name === 'AbortError') {
    return unavailable(what, `no answer within ${timeout} ms`, error);
  }
  return unavailable(what, quote(typeof code === 'string' ? code : message), error);
}
