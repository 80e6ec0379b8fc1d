import { fork } from 'node:child_process';
import path from 'node:path';
import { stopAtEnd } from '../support/stop-at-end';

/** The URLs of a running demo. */
export interface DemoUrls {
  front: string;
  strapi: string;
  pool: string;
}

export interface DemoProcess extends DemoUrls {
  /** Stops it as Ctrl-C does, and returns its exit code. */
  stop(): Promise<number | null>;
}

/** How long the demo may take to stop before it is killed, in ms: longer than it gives its Strapi. */
const STOP_TIMEOUT = 15_000;

const main = path.resolve(__dirname, '..', '..', 'demo', 'main.ts');

/**
 * Starts the demo as `npm run demo` does, but on free ports and with a new database. It is stopped after the tests of
 * the file.
 * @throws Error with its output, when it ends before it is ready.
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
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
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
