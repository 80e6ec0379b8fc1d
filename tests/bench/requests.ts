import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

/** A request of a benchmark. */
export interface Call {
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** Sent by POST, as JSON. */
  readonly body?: unknown;
}

/** A response. */
export interface HttpResponse {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request on a kept-alive connection.
 *
 * @throws {Error} when the connection breaks.
 */
export function send({ url, headers, body }: Call): Promise<HttpResponse> {
  const json = body === undefined ? undefined : JSON.stringify(body);
  const options = {
    method: json === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...(json !== undefined && { 'content-type': 'application/json' }) },
    agent,
    family: 4,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => (text += more));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection just when the request was written to it.
      const tooLate = outgoing.reusedSocket && error.code === 'ECONNRESET';
      if (tooLate) resolve(send({ url, headers, body }));
      else reject(error);
    });
    outgoing.end(json);
  });
}

/**
 * The same; any status other than 200 fails the benchmark.
 *
 * @throws {Error}
 */
export async function call(options: Call): Promise<void> {
  const { status, text } = await send(options);
  if (status !== 200) {
    throw new Error(`${options.url.replace(/\?.*/, '')} answered ${status} ${text.slice(0, 300)}`);
  }
}

/** Closes the kept-alive connections. */
export const closeConnections = (): void => agent.destroy();
