import type { DatabaseConnection, StrapiOptions } from './options';
import type { AppFolder } from './folder';
import { StrapiProcess } from './child';
import { type Output } from './output';

/**
 * Strapi as a function inside its process sees it. Only what tests commonly use is named; the rest is behind the index
 * signature.
 */
export interface RemoteStrapi {
  config: {
    get<T = unknown>(path: string, fallback?: T): T;
    set(path: string, value: unknown): void;
  };
  db: {
    query(uid: string): RemoteQuery;
    connection: RemoteKnex;
    [more: string]: unknown;
  };
  query(uid: string): RemoteQuery;
  store(place: { type: string; name: string; key?: string }): {
    get(place?: { key: string }): Promise<unknown>;
    set(place: { key?: string; value: unknown }): Promise<void>;
  };
  plugin(name: string): { service(name: string): Record<string, RemoteFunction> };
  service(uid: string): Record<string, RemoteFunction>;
  log: Record<'debug' | 'info' | 'warn' | 'error', (message: string) => void>;
  [more: string]: unknown;
}

/** A method of a service, whose types are not known here. */
export type RemoteFunction = (...args: unknown[]) => unknown;

/** Strapi's query engine for one content type. */
export interface RemoteQuery {
  findOne(params?: object): Promise<Record<string, unknown> | null>;
  findMany(params?: object): Promise<Record<string, unknown>[]>;
  create(params: object): Promise<Record<string, unknown>>;
  createMany(params: object): Promise<unknown>;
  update(params: object): Promise<Record<string, unknown>>;
  delete(params: object): Promise<Record<string, unknown>>;
  deleteMany(params?: object): Promise<{ count: number }>;
  count(params?: object): Promise<number>;
}

/** Knex, as far as a test needs it. */
export interface RemoteKnex {
  (table: string): {
    select(...columns: string[]): Promise<Record<string, unknown>[]>;
    where(columns: Record<string, unknown>): { delete(): Promise<number> };
    insert(row: Record<string, unknown>): Promise<unknown>;
  };
  raw(sql: string, bindings?: unknown[]): Promise<unknown>;
  schema: {
    hasTable(name: string): Promise<boolean>;
    hasColumn(table: string, column: string): Promise<boolean>;
  };
}

/** The provider's fields on the Providers page of users-permissions. */
export interface GrantSettings {
  enabled?: boolean;
  /** Client ID */
  key?: string;
  /** Client Secret */
  secret?: string;
  /** Host URI */
  subdomain?: string;
  /** The redirect URL to the front-end app. */
  callback?: string;
  jwksurl?: string;
  scope?: string[] | string;
  /** Only code of a site can set it. */
  custom_params?: Record<string, string | number> | null;
}

/** users-permissions' Advanced settings page. */
export interface AdvancedSettings {
  unique_email?: boolean;
  allow_register?: boolean;
  email_confirmation?: boolean;
  email_reset_password?: string | null;
  email_confirmation_redirection?: string | null;
  default_role?: string;
}

/** A row of users-permissions' users, its role populated. */
export interface StoredUser {
  id: number;
  username: string;
  email: string;
  provider: string | null;
  confirmed: boolean | null;
  blocked: boolean | null;
  password: string | null;
  role: { id: number; name: string; type: string } | null;
  [field: string]: unknown;
}

/** The first administrator, registered by {@link StrapiUnderTest.admin}. */
export const administrator = {
  firstname: 'Ada',
  lastname: 'Admin',
  email: 'ada.admin@example.com',
  password: 'Administrator-1',
};

/** A Strapi that was booted for tests. */
export class StrapiUnderTest {
  private readonly output: Output;

  constructor(
    private readonly folder: AppFolder,
    private options: StrapiOptions,
    private process: StrapiProcess,
    output: Output,
  ) {
    this.output = output;
  }

  /** The app's folder. */
  get dir(): string {
    return this.folder.dir;
  }

  /** The app's database, for another instance that shares it. */
  get database(): DatabaseConnection {
    return this.folder.database;
  }

  /** Where it listens: `http://localhost:PORT`. */
  get url(): string {
    return `http://localhost:${this.process.port}`;
  }

  /** The URL of `/api/connect/cognito/callback`, as registered at the pool. */
  get redirectUri(): string {
    return `${this.options.url ?? this.url}/api/connect/cognito/callback`;
  }

  /**
   * Lines written to stdout and stderr, without colours, over all restarts. A line may arrive a little after the
   * response it belongs to: see {@link allLogs}.
   */
  get logs(): readonly string[] {
    return this.output.lines;
  }

  /** The same, after everything written so far has arrived. */
  async allLogs(): Promise<readonly string[]> {
    await this.process.flush();
    return this.output.lines;
  }

  /** Clears the lines of {@link logs}. */
  async forgetLogs(): Promise<void> {
    await this.process.flush();
    this.output.lines.length = 0;
  }

  /**
   * Runs a function inside Strapi's process. It is sent as source, so it can only use its two parameters, globals and
   * `require`. Argument and result are sent as JSON.
   * @throws RemoteError with `message`, `name`, `code` and `details` of the original error.
   */
  async run<Result, Arg = undefined>(
    fn: (strapi: RemoteStrapi, arg: Arg) => Result | Promise<Result>,
    arg?: Arg,
  ): Promise<Result> {
    const json = await this.process.send('run', { source: fn.toString(), arg });
    return (json === undefined ? undefined : JSON.parse(json)) as Result;
  }

  /** Saves fields of the Cognito provider on the Providers page; the others keep their values. */
  async setGrant(settings: GrantSettings): Promise<void> {
    await this.mergeStore('grant', { cognito: settings });
  }

  /** Saves fields of the Advanced settings page; the others keep their values. */
  async advanced(settings: AdvancedSettings): Promise<void> {
    await this.mergeStore('advanced', { ...settings });
  }

  /** What users-permissions has stored under a key (`grant`, `advanced`, `email`). */
  async stored(key: string): Promise<unknown> {
    return this.run(
      (strapi, name: string) =>
        strapi.store({ type: 'plugin', name: 'users-permissions', key: name }).get(),
      key,
    );
  }

  /** All users from the database (with password hashes), by id. */
  async users(): Promise<StoredUser[]> {
    const users = await this.run((strapi) =>
      strapi.db
        .query('plugin::users-permissions.user')
        .findMany({ populate: ['role'], orderBy: 'id' }),
    );
    return users as StoredUser[];
  }

  /** Sets Strapi's `proxy`: whether it trusts `X-Forwarded-For`. */
  async trustProxy(trusted: boolean): Promise<void> {
    await this.run((strapi, proxy) => {
      Object.assign((strapi.server as { app: object }).app, { proxy });
    }, trusted);
  }

  /** A token for the admin API (`/admin/…`, `/cognito/…`); the first call registers {@link administrator}. */
  async admin(): Promise<string> {
    const first = await this.post('/admin/register-admin', administrator);
    if (first.ok) return readToken(first);
    const { email, password } = administrator;
    return this.adminToken({ email, password });
  }

  /** A token of an existing administrator. */
  async adminToken(credentials: { email: string; password: string }): Promise<string> {
    return readToken(await this.post('/admin/login', credentials));
  }

  /**
   * Stops it gracefully and boots it again with the same folder, database and port. Options given here replace those it
   * was started with, also for later restarts; the database cannot be changed.
   * @throws Error with the process's output, when it does not start; the folder stays until `stop`.
   */
  async restart(changes?: Omit<StrapiOptions, 'database' | 'port' | 'keep'>): Promise<void> {
    const { port } = this.process;
    await this.process.stop();
    if (changes) {
      this.options = { ...this.options, ...changes };
      await this.folder.write(this.options);
    }
    this.process = await StrapiProcess.start(this.dir, { ...this.options, port }, this.output);
  }

  /** Kills the process as a crash does; {@link restart} starts it again, {@link stop} removes what is left. */
  async kill(): Promise<void> {
    await this.process.kill();
  }

  /** Stops it and removes its folder, unless the option `keep` is set. */
  async stop(): Promise<void> {
    await this.process.stop();
    if (!this.options.keep) {
      await this.folder.remove();
    }
  }

  private post(path: string, body: object): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  private async mergeStore(key: string, changes: Record<string, unknown>): Promise<void> {
    await this.run(
      async (strapi, arg: { key: string; changes: Record<string, unknown> }) => {
        const store = strapi.store({ type: 'plugin', name: 'users-permissions', key: arg.key });
        const value = ((await store.get()) ?? {}) as Record<string, unknown>;
        for (const [name, change] of Object.entries(arg.changes)) {
          const isGroup = typeof change === 'object' && change !== null;
          value[name] = isGroup ? { ...(value[name] as object), ...change } : change;
        }
        await store.set({ value });
      },
      { key, changes },
    );
  }
}

async function readToken(answer: Response): Promise<string> {
  const body = (await answer.json()) as { data?: { token?: string } };
  if (!body.data?.token) {
    throw new Error(`No administrator: ${answer.status} ${JSON.stringify(body)}`);
  }
  return body.data.token;
}
