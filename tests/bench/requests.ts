import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

/** What a request of a benchmark says. */
export interface Call {
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** Sent by POST, as JSON. */
  readonly body?: unknown;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly text: string;
}

/**
 * One request on a kept connection.
 *
 * @throws {Error} where the connection breaks.
 */
export function ask({ url, headers, body }: Call): Promise<Answered> {
  const json = body === undefined ? undefined : JSON.stringify(body);
  const options = {
    method: json === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...(json !== undefined && { 'content-type': 'application/json' }) },
    agent,
    family: 4,
  };
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (more: string) => (text += more));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      // The server ends a connection that was idle, and we have just begun to write on it.
      const tooLate = asked.reusedSocket && error.code === 'ECONNRESET';
      if (tooLate) resolve(ask({ url, headers, body }));
      else reject(error);
    });
    asked.end(json);
  });
}

/**
 * The same, where anything but 200 is a failure of the benchmark.
 *
 * @throws {Error}
 */
export async function call(what: Call): Promise<void> {
  const { status, text } = await ask(what);
  if (status !== 200) {
    throw new Error(`${what.url.replace(/\?.*/, '')} answered ${status} ${text.slice(0, 300)}`);
  }
}

/** Ends the connections that are kept. */
export const hangUp = (): void => agent.destroy();
