import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { stopAtEnd } from '../stop-at-end';
import { strapiMajor } from './major';
import type { StrapiOptions } from './options';
import type { Output } from './output';

const host = '127.0.0.1';
const stopTimeout = 10_000;
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

type FromChild =
  | { type: 'ready'; port: number }
  | { type: 'failed'; message: string }
  | { type: 'result'; id: string; json?: string; error?: RemoteErrorData };

interface Pending {
  resolve: (json: string | undefined) => void;
  reject: (error: Error) => void;
}

/** A running Strapi process and the channel to it. */
export class StrapiProcess {
  /** The port it listens on. */
  port = 0;
  private readonly pending = new Map<string, Pending>();
  private readonly exited: Promise<void>;
  private alive = true;

  private constructor(
    private readonly child: ChildProcess,
    private readonly output: Output,
  ) {
    // 'close' and not 'exit': by then everything that was written has been read.
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.alive = false;
        const error = new Error(
          `Strapi's process has ended (${signal ?? `code ${code}`}).\n${output.text()}`,
        );
        this.pending.forEach(({ reject }) => reject(error));
        this.pending.clear();
        resolve();
      });
    });
  }

  /**
   * Boots the application in `dir`.
   * @throws Error with the process's output, when it does not start in time.
   */
  static async start(dir: string, options: StrapiOptions, output: Output): Promise<StrapiProcess> {
    const child = fork(path.join(__dirname, 'process.js'), [], {
      cwd: dir,
      env: environment(dir, options),
      ...(options.node !== undefined && { execPath: options.node }),
      // The parent's flags (tsx, a debugger's port) do not apply to this process.
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    if (child.stdout && child.stderr) {
      output.read(child.stdout);
      output.read(child.stderr);
    }
    const strapi = new StrapiProcess(child, output);
    // It receives no messages before it is ready.
    stopAtEnd(() => (strapi.port === 0 ? strapi.kill() : strapi.stop()));
    try {
      await strapi.booted(options.bootTimeout ?? 60_000);
    } catch (error) {
      await strapi.kill();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Strapi did not start: ${reason}\n${output.text()}`);
    }
    child.on('message', (message) => this.deliver(strapi, message as FromChild));
    return strapi;
  }

  private static deliver(strapi: StrapiProcess, message: FromChild): void {
    if (message.type !== 'result') {
      return;
    }
    const pending = strapi.pending.get(message.id);
    strapi.pending.delete(message.id);
    if (message.error) {
      pending?.reject(new RemoteError(message.error));
    } else {
      pending?.resolve(message.json);
    }
  }

  private booted(timeout: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`it was not ready after ${timeout} ms.`)),
        timeout,
      );
      const settle = (then: () => void) => {
        clearTimeout(timer);
        then();
      };
      this.child.once('message', (raw) => {
        const message = raw as FromChild;
        if (message.type === 'ready') {
          this.port = message.port;
          settle(resolve);
        } else if (message.type === 'failed') {
          settle(() => reject(new Error(message.message)));
        }
      });
      this.child.once('error', (error) => settle(() => reject(error)));
      void this.exited.then(() => settle(() => reject(new Error('its process has ended.'))));
    });
  }

  /** Sends a command and waits for its result, which is JSON or nothing. */
  send(command: 'run' | 'flush', message: Record<string, unknown>): Promise<string | undefined> {
    if (!this.alive) {
      return Promise.reject(new Error("Strapi's process is not running."));
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

  /** Stops it gracefully, and kills it after ten seconds. */
  async stop(): Promise<void> {
    if (!this.alive) {
      return;
    }
    const timer = setTimeout(() => this.child.kill('SIGKILL'), stopTimeout);
    if (this.child.connected) {
      this.child.send({ id: randomUUID(), command: 'stop' }, () => undefined);
    }
    await this.exited;
    clearTimeout(timer);
  }

  /** Kills it, as a crash does. */
  async kill(): Promise<void> {
    if (this.alive) {
      this.child.kill('SIGKILL');
      await this.exited;
    }
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
    STRAPI_UNDER_TEST_HOST: host,
    STRAPI_UNDER_TEST_GRANT: String(strapiMajor === 5 && options.plugin === false),
    STRAPI_UNDER_TEST_KEEP: String(options.keep ?? false),
    PORT: String(options.port ?? 0),
    PUBLIC_URL: options.url ?? '',
    ...options.env,
  };
}
