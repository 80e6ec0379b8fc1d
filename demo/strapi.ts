import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Secrets } from './secrets';

/** A major version of Strapi. */
export type StrapiMajor = 4 | 5;

export interface RunningStrapi {
  url: string;
  /** Rejects when Strapi ends before it is ready; the reason is among what it printed. */
  ready: Promise<void>;
  /** Rejects when Strapi ends without having been told to. */
  crashed: Promise<never>;
  stop(): Promise<void>;
}

interface StrapiOptions {
  major: StrapiMajor;
  port: number;
  /** Where the database is. */
  folder: string;
  secrets: Secrets;
  adminPanel: boolean;
}

/** How long a Strapi that was told to end may take before it is killed, in ms. */
const patience = 10_000;

/** The folder of the demo's app: on Strapi 5 a copy, which has other packages. */
export const appFolder = (major: StrapiMajor) =>
  major === 5 ? join(__dirname, '..', 'strapi-5', 'demo', 'app') : join(__dirname, 'app');

/** Starts the app as a process of its own. */
export function startStrapi(options: StrapiOptions): RunningStrapi {
  const url = `http://localhost:${options.port}`;
  const child = fork(join(__dirname, 'strapi-process.js'), {
    cwd: appFolder(options.major),
    env: environment(url, options),
    execArgv: [],
    // What it prints is for the eye; stdout is for results.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const booted = new Promise<void>((resolve) => child.once('message', () => resolve()));
  let stopping = false;

  const crashed = new Promise<never>((_resolve, reject) => {
    void ended.then(() => {
      if (!stopping) reject(new Error('Strapi has ended; what it printed above says why.'));
    });
  });
  // Whoever waits for it hears of it; nobody has to.
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
  const killer = setTimeout(() => child.kill('SIGKILL'), patience);
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
