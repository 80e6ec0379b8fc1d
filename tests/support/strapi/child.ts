import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { stopAtEnd } from '../stop-at-end';
import { strapiMajor } from './major';
import type { StrapiOptions } from './options';
import type { Output } from './output';

const stopTimeout = 10_000;
const maxIdle = 2;
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'SystemRoot'];

/** An error that was thrown inside the Strapi process. */
export class RemoteError extends Error {
  override readonly name: string;
  /** `code` of the error, if it had one. */
  readonly code?: unknown;
  /** `details` of the error, if it was a Strapi error. */
  readonly details?: unknown;
  /** Its stack in Strapi's process. */
  readonly remoteStack?: string;

  constructor(error: RemoteErrorData) {
    super(error.message);
    this.name = error.name ?? 'Error';
    this.code = error.code;
    this.details = error.details;
    this.remoteStack = error.stack;
  }
}

interface RemoteErrorData {
  name?: string;
  message: string;
  stack?: string;
  code?: unknown;
  details?: unknown;
}

interface FromChild {
  id: string;
  json?: string;
  error?: RemoteErrorData;
}

interface Pending {
  resolve: (json: string | undefined) => void;
  reject: (error: Error) => void;
}

/**
 * Processes whose Strapi has stopped, and in which another one may start: most of a start is loading packages.
 * `environment.js` keeps them for the next test file. Outside of Jest there are none.
 */
const idle = (globalThis as Record<symbol, ChildProcess[] | undefined>)[
  Symbol.for('idle Strapi processes')
];

/** A running Strapi process and the channel to it. */
export class StrapiProcess {
  /** The port it listens on. */
  port = 0;
  private readonly pending = new Map<string, Pending>();
  private readonly exited: Promise<void>;
  private readonly endReading: (() => void)[];
  private alive = true;
  private stopped: Promise<void> | undefined;

  private constructor(
    private readonly child: ChildProcess,
    private readonly output: Output,
    private readonly isReusable: boolean,
  ) {
    this.endReading = [child.stdout, child.stderr].map((stream) => output.read(stream!));
    child.on('message', (message) => this.deliver(message as FromChild));
    // 'close' and not 'exit': by then everything that was written has been read.
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.alive = false;
        this.rejectPending(`Strapi's process has ended (${signal ?? `code ${code}`}).`);
        resolve();
      });
    });
  }

  /**
   * Boots the application in `dir`.
   * @throws Error with the process's output, when it does not start in time.
   */
  static async start(dir: string, options: StrapiOptions, output: Output): Promise<StrapiProcess> {
    const env = environment(dir, options);
    const { node, packages } = options;
    const isReusable = (node ?? packages) === undefined;
    const child = (isReusable ? takeIdle() : undefined) ?? forkProcess(env, node);
    const strapi = new StrapiProcess(child, output, isReusable);
    // It receives no messages before it is ready.
    stopAtEnd(() => (strapi.port === 0 ? strapi.kill() : strapi.stop()));
    const timeout = options.bootTimeout ?? 60_000;
    const timer = setTimeout(
      () => strapi.rejectPending(`It was not ready after ${timeout} ms.`),
      timeout,
    );
    try {
      strapi.port = Number(await strapi.send('boot', { env }));
    } catch (error) {
      await strapi.kill();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Strapi did not start: ${reason}\n${output.text()}`);
    } finally {
      clearTimeout(timer);
    }
    return strapi;
  }

  private deliver({ id, json, error }: FromChild): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if (error) {
      pending?.reject(new RemoteError(error));
    } else {
      pending?.resolve(json);
    }
  }

  private rejectPending(reason: string): void {
    this.pending.forEach(({ reject }) => reject(new Error(reason)));
    this.pending.clear();
  }

  /** Sends a command and waits for its result, which is JSON or nothing. */
  async send(
    command: 'boot' | 'run' | 'flush' | 'stop',
    message: Record<string, unknown>,
  ): Promise<string | undefined> {
    if (!this.alive) {
      throw new Error("Strapi's process is not running.");
    }
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.child.send({ id, command, ...message }, (error) => {
        if (error && this.pending.delete(id)) {
          reject(error);
        }
      });
    });
  }

  /** Waits until everything that the process has written so far is in the output. */
  async flush(): Promise<void> {
    const mark = `mark ${randomUUID()}`;
    const marked = this.output.marked(mark);
    await this.send('flush', { mark });
    await Promise.race([marked, this.exited]);
  }

  /** Stops it gracefully, and kills it after ten seconds. Its process may be used again. */
  stop(): Promise<void> {
    this.stopped ??= this.stopOnce();
    return this.stopped;
  }

  private async stopOnce(): Promise<void> {
    if (!this.alive) {
      return;
    }
    const timer = setTimeout(() => this.child.kill('SIGKILL'), stopTimeout);
    const again = this.isReusable && idle !== undefined && idle.length < maxIdle;
    const isStopped = await this.send('stop', { again }).then(
      () => true,
      () => false,
    );
    if (isStopped) {
      await this.flush();
      this.release();
    } else {
      await this.exited;
    }
    clearTimeout(timer);
  }

  /** Leaves the process to the next start. */
  private release(): void {
    this.alive = false;
    this.rejectPending('Strapi was stopped.');
    const { child } = this;
    child.removeAllListeners('message').removeAllListeners('close');
    for (const end of this.endReading) end();
    child.stdout?.resume();
    child.stderr?.resume();
    setReferenced(child, false);
    idle?.push(child);
  }

  /** Kills it, as a crash does. */
  async kill(): Promise<void> {
    if (this.alive) {
      this.child.kill('SIGKILL');
      await this.exited;
    }
  }
}

function forkProcess(env: NodeJS.ProcessEnv, execPath = process.execPath): ChildProcess {
  return fork(path.join(__dirname, 'process.js'), [], {
    env,
    execPath,
    // The parent's flags (tsx, a debugger's port) do not apply to this process.
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function takeIdle(): ChildProcess | undefined {
  const child = idle?.pop();
  if (child?.connected === false) return takeIdle();
  if (child) setReferenced(child, true);
  return child;
}

/** Whether this process goes on as long as the other one. */
function setReferenced(child: ChildProcess, isReferenced: boolean): void {
  const name = isReferenced ? 'ref' : 'unref';
  for (const each of [child, child.channel, child.stdout, child.stderr]) {
    (each as { ref(): void; unref(): void } | null | undefined)?.[name]();
  }
}

function environment(dir: string, options: StrapiOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of inherited) {
    if (process.env[name] !== undefined) {
      env[name] = process.env[name];
    }
  }
  return {
    ...env,
    NODE_ENV: options.nodeEnv ?? 'test',
    BROWSER: 'none',
    STRAPI_TELEMETRY_DISABLED: 'true',
    STRAPI_DISABLE_UPDATE_NOTIFICATION: 'true',
    STRAPI_UNDER_TEST_DIR: dir,
    STRAPI_UNDER_TEST_GRANT: String(strapiMajor === 5 && options.plugin === false),
    STRAPI_UNDER_TEST_KEEP: String(options.keep ?? false),
    PORT: String(options.port ?? 0),
    PUBLIC_URL: options.url ?? '',
    ...options.env,
  };
}
