import { fork } from 'node:child_process';
import path from 'node:path';
import { stopAtEnd } from '../support/stop-at-end';

/** Where the servers of a running demo are. */
export interface DemoUrls {
  front: string;
  strapi: string;
  pool: string;
}

export interface DemoProcess extends DemoUrls {
  /** Ends it as Ctrl-C does, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** How long a demo that was told to end may take before it is killed, in ms: longer than it gives its Strapi. */
const patience = 15_000;

const main = path.resolve(__dirname, '..', '..', 'demo', 'main.ts');

/**
 * Starts the demo as `npm run demo` does, but on free ports and with a database of its own. It ends after the tests of the
 * file.
 * @throws Error with what it printed, when it ends before it is ready.
 */
export async function startDemo(): Promise<DemoProcess> {
  const child = fork(main, ['--temporary'], { execArgv: ['-r', 'tsx/cjs'], silent: true });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => (printed += text.toString()));
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGINT');
    const killer = setTimeout(() => child.kill('SIGKILL'), patience);
    const code = await ended;
    clearTimeout(killer);
    return code;
  };
  stopAtEnd(stop);
  const urls = await Promise.race([
    new Promise<DemoUrls>((resolve) =>
      child.once('message', (message) => resolve(message as DemoUrls)),
    ),
    ended.then((code) => {
      throw new Error(`The demo ended with exit code ${code ?? 'none'}:\n${printed}`);
    }),
  ]);
  return { ...urls, stop };
}
