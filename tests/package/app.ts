import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stopAtEnd } from '../support/stop-at-end';
import { repositoryRoot } from '../support/strapi';
import { Output } from '../support/strapi/output';

const execute = promisify(execFile);
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

const endWithParent = path.join(__dirname, 'end-with-parent.js');
const installs = path.join(repositoryRoot, '.cache', 'fresh-app');
const strapi5 = path.join(repositoryRoot, 'strapi-5');

/** The kind of a new app. */
export interface Kind {
  readonly strapi: 4 | 5;
  readonly language: 'js' | 'ts';
}

/** What `npx create-strapi-app@4 --quickstart` writes, by its own code but without its telemetry and install. */
const generator = (() => {
  const fromStrapi = createRequire(require.resolve('@strapi/strapi/package.json'));
  const manifest = fromStrapi.resolve('@strapi/generate-new/package.json');
  const resources = path.join(path.dirname(manifest), 'dist', 'resources');
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- CommonJS without types, resolved at run time
  const load = (name: string): unknown => require(path.join(resources, name));
  return {
    resources,
    version: (load('../../package.json') as { version: string }).version,
    manifest: load('json/common/package.json.js') as (options: object) => Manifest,
    tsconfig: load('json/ts/tsconfig-server.json.js') as () => object,
    adminTsconfig: load('json/ts/tsconfig-admin.json.js') as () => object,
    env: load('templates/env.js') as () => string,
    database: load('templates/database.js') as {
      createDatabaseConfig(options: { useTypescript: boolean }): string;
      generateDbEnvariables(options: object): string;
    },
  };
})();

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
}

/** A new app from create-strapi-app. */
export class FreshApp {
  private server: ChildProcess | undefined;
  readonly output = new Output();

  private constructor(
    readonly dir: string,
    private readonly kind: Kind,
    private readonly port: number,
  ) {}

  /** Writes its files into a new folder; nothing is installed. It is removed after the tests of the file. */
  static async write(kind: Kind): Promise<FreshApp> {
    const dir = await realpath(await mkdtemp(path.join(tmpdir(), 'fresh-app-')));
    // Known before the admin panel is built, because Strapi writes its URL into that.
    const app = new FreshApp(dir, kind, await freePort());
    stopAtEnd(() => app.remove());
    await (kind.strapi === 5 ? app.createByNpx() : app.createByGenerator());
    return app;
  }

  private async createByNpx(): Promise<void> {
    const { version } = await readManifest(path.join(strapi5, 'node_modules/@strapi/strapi'));
    const create = ['exec', '--yes', `create-strapi-app@${version}`, '--', this.dir];
    const answers = ['--no-install', '--no-git-init', '--no-run', '--skip-cloud', '--no-example'];
    const options = [`--${this.kind.language}`, '--use-npm', '--non-interactive', ...answers];
    await this.execute(
      'npm',
      [...create, ...options, '--dbclient=sqlite', '--dbfile=.tmp/data.db'],
      tmpdir(),
    );
    const manifest = await readManifest(this.dir);
    // Compiling another release takes minutes.
    const sqlite = await readManifest(path.join(strapi5, 'node_modules/better-sqlite3'));
    manifest.dependencies['better-sqlite3'] = sqlite.version;
    await this.put('package.json', JSON.stringify({ ...manifest, strapi: { uuid: 'fresh-app' } }));
  }

  private async createByGenerator(): Promise<void> {
    const { language } = this.kind;
    await cp(path.join(generator.resources, 'files', language), this.dir, { recursive: true });
    const connection = { connection: { filename: '.tmp/data.db' } };
    await this.put(
      '.env',
      generator.env() + generator.database.generateDbEnvariables({ client: 'sqlite', connection }),
    );
    await this.put(
      `config/database.${language}`,
      generator.database.createDatabaseConfig({ useTypescript: language === 'ts' }),
    );
    if (language === 'ts') {
      await this.put('tsconfig.json', JSON.stringify(generator.tsconfig()));
      await this.put('src/admin/tsconfig.json', JSON.stringify(generator.adminTsconfig()));
    }
    const manifest = generator.manifest({
      projectName: 'fresh-app',
      strapiVersion: generator.version,
      strapiDependencies: [
        '@strapi/strapi',
        '@strapi/plugin-users-permissions',
        '@strapi/plugin-i18n',
        '@strapi/plugin-cloud',
      ],
      additionalsDependencies: {
        react: '^18.0.0',
        'react-dom': '^18.0.0',
        'react-router-dom': '5.3.4',
        'styled-components': '5.3.3',
        'better-sqlite3': '8.6.0',
      },
      uuid: 'fresh-app',
      packageJsonStrapi: {},
    });
    // The binary of the sharp release that Strapi requires is not in the registry.
    await this.put('package.json', JSON.stringify({ ...manifest, overrides: { sharp: '0.33.5' } }));
    // `strapi develop` adds it at its first start.
    await appendFile(path.join(this.dir, '.env'), '\nJWT_SECRET=the-secret-of-a-fresh-app\n');
  }

  /** Writes one file. */
  put(name: string, text: string): Promise<void> {
    return writeFile(path.join(this.dir, name), text);
  }

  read(name: string): Promise<string> {
    return readFile(path.join(this.dir, name), 'utf8');
  }

  /**
   * `npm install`. Apps with the same dependencies share one installation in `.cache/fresh-app`; each gets a copy with
   * hard links. Strapi 4 comes from the registry. Strapi 5 starts with a copy of the packages in `strapi-5/`, which saves
   * minutes.
   */
  async install(): Promise<void> {
    const folder = path.join(installs, String(this.kind.strapi));
    const wanted = await this.read('package.json');
    const done = path.join(folder, 'installed.json');
    if (!existsSync(done) || (await readFile(done, 'utf8')) !== wanted) {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'package.json'), wanted);
      if (this.kind.strapi === 5) await linkPackages(strapi5, folder);
      await this.execute('npm', ['install', ...QUIET], folder);
      await writeFile(done, wanted);
    }
    await linkPackages(folder, this.dir);
  }

  /**
   * Runs npm in the app.
   * @throws the error of the process, with its output.
   */
  async npm(...args: string[]): Promise<string> {
    return (await this.execute('npm', [...args, ...QUIET])).stdout;
  }

  /** Runs Strapi's command line in the app. */
  strapi(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return this.execute(process.execPath, [this.strapiScript, ...args]);
  }

  /**
   * Compiles a TypeScript app, as `strapi build` does.
   * @throws the error of the compiler, with its output.
   */
  async compile(): Promise<void> {
    const compiler = path.join(this.dir, 'node_modules', 'typescript', 'bin', 'tsc');
    await this.execute(process.execPath, [compiler]);
  }

  /** Its URL. */
  get url(): string {
    return `http://localhost:${this.port}`;
  }

  /** `strapi start`; ready when it responds. @throws Error with its output, when it ends before.
   */
  async start(env: Record<string, string> = {}): Promise<void> {
    // A test that failed may have left it running.
    await this.stop();
    this.output.lines.length = 0;
    const server = spawn(process.execPath, ['-r', endWithParent, this.strapiScript, 'start'], {
      cwd: this.dir,
      env: this.environment(env),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.server = server;
    stopAtEnd(() => this.stop());
    for (const stream of [server.stdout, server.stderr]) if (stream) this.output.read(stream);
    while (!(await answers(`${this.url}/_health`))) {
      if (hasEnded(server)) throw new Error(`Strapi has ended:\n${this.output.text()}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server || hasEnded(server)) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  private get strapiScript(): string {
    return path.join(this.dir, 'node_modules', '@strapi', 'strapi', 'bin', 'strapi.js');
  }

  private execute(command: string, args: string[], cwd = this.dir) {
    const options = { cwd, env: this.environment({}), maxBuffer: 2 ** 26 };
    return execute(command, args, options);
  }

  private environment(env: Record<string, string>): NodeJS.ProcessEnv {
    // Without the variables of Jest and of npm scripts.
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(npm_(?!config_)|jest|node_env|init_cwd)/i.test(name),
    );
    return {
      ...Object.fromEntries(inherited),
      STRAPI_TELEMETRY_DISABLED: 'true',
      STRAPI_DISABLE_UPDATE_NOTIFICATION: 'true',
      BROWSER: 'none',
      HOST: '127.0.0.1',
      PORT: String(this.port),
      PUBLIC_URL: this.url,
      ...env,
    };
  }
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Copies the installed packages of a folder into another one, with hard links. */
async function linkPackages(from: string, to: string): Promise<void> {
  await execute('cp', ['-al', path.join(from, 'node_modules'), to]);
  // npm changes these two in place.
  await rm(path.join(to, 'node_modules', '.package-lock.json'), { force: true });
  await cp(path.join(from, 'package-lock.json'), path.join(to, 'package-lock.json'));
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
