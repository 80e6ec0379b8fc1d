import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { servers } from './servers.mjs';

/**
 * Starts a temporary server, which ends with this process.
 * @returns the argument for {@link stop}, with `url`: a promise that rejects when the server does not start.
 */
export function keep(name) {
  const script = fileURLToPath(new URL('keeper.mjs', import.meta.url));
  // In its own process group, so that Ctrl-C does not end the server before the tests.
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

/** Stops a server and waits for its end. */
export async function stop(keeper) {
  if (keeper?.child.connected) keeper.child.disconnect();
  await keeper?.exited;
}
