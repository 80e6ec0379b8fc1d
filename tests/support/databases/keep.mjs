import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { servers } from './servers.mjs';

/**
 * Starts a throw-away server, which goes when this process does.
 * @returns what {@link stop} takes, and `url`: a promise that rejects where the server does not start.
 */
export function keep(name) {
  const script = fileURLToPath(new URL('keeper.mjs', import.meta.url));
  // In a process group of its own: Ctrl-C is not to end the server under the tests.
  const child = fork(script, [name], { detached: true });
  const exited = new Promise((end) => child.on('exit', end));
  const first = Promise.race([
    new Promise((resolve) => child.once('message', resolve)),
    exited.then(() => ({ failed: `${servers[name].title} was not started.` })),
  ]);
  const url = first.then(({ url, failed }) => {
    if (failed !== undefined) throw new Error(failed);
    child.on('message', ({ failed: why }) => console.error(why));
    return url;
  });
  return { child, exited, url };
}

/** Ends a server that was started, and waits for its end. */
export async function stop(keeper) {
  if (keeper?.child.connected) keeper.child.disconnect();
  await keeper?.exited;
}
