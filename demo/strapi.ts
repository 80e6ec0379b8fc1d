import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Secrets } from './secrets';

/** A major version of Strapi. */
export type StrapiMajor = 4 | 5;

export interface RunningStrapi {
  url: string;
  /** Rejects when Strapi ends before it is ready; its output says why. */
  ready: Promise<void>;
  /** Rejects when Strapi ends before it is stopped. */
  crashed: Promise<never>;
  stop(): Promise<void>;
}

interface StrapiOptions {
  major: StrapiMajor;
  port: number;
  /** The folder of the database. */
  folder: string;
  secrets: Secrets;
  adminPanel: boolean;
}

/** How long Strapi may take to stop before it is killed, in ms. */
const STOP_TIMEOUT = 10_000;

/** The folder of the demo's app: for Strapi 5 a copy with other packages. */
export const appFolder = (major: StrapiMajor) =>
  major === 5 ? join(__dirname, '..', 'strapi-5', 'demo', 'app') : join(__dirname, 'app');

/** Starts the app in its own process. */
export function startStrapi(options: StrapiOptions): RunningStrapi {
  const url = `http://localhost:${options.port}`;
  const child = fork(join(__dirname, 'strapi-process.js'), {
    cwd: appFolder(options.major),
    env: environment(url, options),
    execArgv: [],
    // Its output goes to stderr, because stdout is for results.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const booted = new Promise<void>((resolve) => child.once('message', () => resolve()));
  let stopping = false;

  const crashed = new Promise<never>((_resolve, reject) => {
    void ended.then(() => {
      if (!stopping) reject(new Error('Strapi has stopped; see its output above.'));
    });
  });
  // No unhandled rejection, if nothing waits for it.
  crashed.catch(() => undefined);

  return {
    url,
    ready: Promise.race([booted, crashed]),
    crashed,
    stop: () => {
      stopping = true;
      return end(child, ended);
    },
  };
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.connected) child.disconnect();
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
  await ended;
  clearTimeout(killer);
}

function environment(url: string, { port, folder, secrets, adminPanel }: StrapiOptions) {
  return {
    ...process.env,
    ...secrets.env,
    NODE_ENV: 'production',
    HOST: 'localhost',
    PORT: String(port),
    PUBLIC_URL: url,
    DATABASE_FILENAME: join(folder, 'data.db'),
    SERVE_ADMIN_PANEL: String(adminPanel),
    STRAPI_HIDE_STARTUP_MESSAGE: 'true',
    STRAPI_TELEMETRY_DISABLED: 'true',
    STRAPI_DISABLE_UPDATE_NOTIFICATION: 'true',
  };
}
