'use strict';

/*
 * A process for one Strapi at a time, driven by child.ts over IPC. Plain JavaScript, because a forked process has none
 * of the parent's transforms.
 *
 * Parent → child: { id, command: 'boot' | 'run' | 'flush' | 'stop', … }. Child → parent: { id, json } or { id, error }.
 */

const { AsyncLocalStorage } = require('node:async_hooks');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const Module = require('node:module');
const net = require('node:net');
const path = require('node:path');
const { performance } = require('node:perf_hooks');
const v8 = require('node:v8');
const vm = require('node:vm');

const host = '127.0.0.1';

/** What later processes and runs use again. */
const cache = path.resolve(__dirname, '..', '..', '..', '.cache');

const hash = (text) => createHash('sha1').update(text).digest('hex');

/** Writes a file of the cache, which another process may write or read at the same time. */
const saveInCache = (file, content) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.${process.pid}`, content);
  fs.renameSync(`${file}.${process.pid}`, file);
};

/** The running Strapi, and its folder. */
let strapi;
let appDir;

// Functions that esbuild (tsx) has compiled call this helper, which their source text does not include.
globalThis.__name = (fn) => fn;

/** The parent has ended without stopping this process, which therefore has to remove the folder itself. */
let orphaned = false;
const endOrphaned = () => {
  orphaned = true;
  process.exit(1);
};
// The pipes may break before the channel does.
process.stdout.on('error', endOrphaned);
process.stderr.on('error', endOrphaned);

/** Strapi removes all listeners of the process when it stops, also those with which the channel keeps it running. */
const listenToParent = () => {
  process.channel.ref();
  process.on('message', (message) => void execute(message));
  process.on('disconnect', endOrphaned);
  process.on('exit', () => {
    if ((orphaned || !process.connected) && process.env.STRAPI_UNDER_TEST_KEEP !== 'true') {
      fs.rmSync(appDir, { recursive: true, force: true });
    }
  });
  // Ctrl-C also reaches the parent, which then stops this process.
  process.on('SIGINT', () => {});
};

/** What tests replace in Node, to see calls or to move the clock. */
const getReplaceable = () => [
  Date.now,
  performance.now,
  ...['crypto', 'dns', 'dns/promises', 'fs', 'http', 'https', 'net', 'timers'].flatMap((name) =>
    Object.values(require(name)),
  ),
];
let replaceableAtBoot;
let globalsAtBoot;

/**
 * Packages that take long to load or contain compiled code, and keep nothing of a site. All others are loaded anew:
 * `koa2-ratelimit`, for one, counts the requests of a process in a global.
 */
const KEPT =
  /[\\/]node_modules[\\/](@babel|@rushstack|ajv|better-sqlite3|bindings|date-fns|fs-extra|inquirer|jose|knex|lodash|prettier|readable-stream|rxjs|semver|sharp|tar|typescript)[\\/]/;

const compile = Module.prototype._compile;
const compiled = new Map();
const importModuleDynamically = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;

/** Compiled code of an earlier process with the same packages, by the hash of its source: V8 only compares the length. */
const packages = fs.realpathSync(path.join(process.env.STRAPI_UNDER_TEST_DIR, 'node_modules'));
const codeFile = path.join(cache, `code-${process.version}-${hash(packages)}`);
const code = fs.existsSync(codeFile) ? v8.deserialize(fs.readFileSync(codeFile)) : new Map();

const saveCode = () => {
  if (code.size > 0) return;
  for (const { source, script } of compiled.values()) {
    code.set(hash(source), script.createCachedData());
  }
  saveInCache(codeFile, v8.serialize(code));
};

/** Compiles a file once, and evaluates it for each Strapi. */
Module.prototype._compile = function (source, filename, format) {
  if (!importModuleDynamically || format === 'module' || source.startsWith('#!')) {
    return compile.call(this, source, filename, format);
  }
  if (compiled.get(filename)?.source !== source) {
    const cachedData = code.get(hash(source));
    const options = { filename, importModuleDynamically, cachedData };
    compiled.set(filename, { source, script: new vm.Script(Module.wrap(source), options) });
  }
  const { script } = compiled.get(filename);
  const require = Object.assign((id) => this.require(id), {
    resolve: (id, options) => Module._resolveFilename(id, this, false, options),
    main: process.mainModule,
    extensions: Module._extensions,
    cache: Module._cache,
  });
  const evaluate = script.runInThisContext();
  return evaluate.call(this.exports, this.exports, require, this, filename, path.dirname(filename));
};

/** Node copies the value of each storage that was ever used to each promise. */
const storages = new Set();
for (const name of ['run', 'enterWith']) {
  const method = AsyncLocalStorage.prototype[name];
  AsyncLocalStorage.prototype[name] = function (...args) {
    storages.add(this);
    return method.apply(this, args);
  };
}

/** Forgets the last Strapi: its globals, and all modules but those of {@link KEPT}. */
const forget = () => {
  for (const storage of storages) storage.disable();
  storages.clear();
  process.chdir(path.dirname(module.filename));
  for (const name of Object.keys(globalThis)) {
    if (!globalsAtBoot.includes(name)) delete globalThis[name];
  }
  for (const file of Object.keys(require.cache)) {
    if (!KEPT.test(file) && file !== module.filename) delete require.cache[file];
  }
  module.children.length = 0;
};

/** Reserves a port during the boot, so that the app knows its URL from the start, as in production. */
const reservePort = (port) =>
  new Promise((resolve, reject) => {
    const holder = net.createServer((socket) => socket.destroy());
    holder.once('error', reject);
    holder.listen(port, host, () => resolve(holder));
  });

const listen = (holder, port) =>
  new Promise((resolve, reject) => {
    holder.close(() => {
      strapi.config.set('server.port', port);
      strapi.config.set('server.host', host);
      strapi.listen().then(resolve, reject);
    });
  });

/** Strapi 5's built-in provider only accepts tokens from its Grant session. This puts the client's tokens there. */
const setGrantResponse = (ctx, next) => {
  if (ctx.path === '/api/auth/cognito/callback') {
    const session = { get: () => ({ grant: { response: ctx.query } }) };
    Object.defineProperty(ctx, 'session', session);
  }
  return next();
};

/** A hash of a password is slow on purpose. Here a new one takes 3 ms instead of 70. */
const hashQuickly = () => {
  const bcrypt = require(path.join(appDir, 'node_modules', 'bcryptjs'));
  const { genSalt, genSaltSync } = bcrypt;
  bcrypt.genSalt = (_rounds, ...more) => genSalt(4, ...more);
  bcrypt.genSaltSync = () => genSaltSync(4);
};

/**
 * A new SQLite database gets the empty tables of an earlier app with the same ones. Strapi compares them with the hash of
 * its schema, as at a restart, and does not create them again.
 */
const shareTables = () => {
  const { metadata, schema } = strapi.db;
  const { client, connection } = strapi.config.get('database.connection');
  const migrations = path.join(appDir, 'database', 'migrations');
  if (client !== 'sqlite' || fs.statSync(connection.filename).size > 0) return;
  if (fs.readdirSync(migrations).length > 0) return;

  const sync = schema.sync.bind(schema);
  schema.sync = async () => {
    const schemas = JSON.stringify([strapi.config.get('info.strapi'), ...metadata.values()]);
    const tables = path.join(cache, 'tables', `${hash(schemas)}.db`);
    if (fs.existsSync(tables)) {
      fs.copyFileSync(tables, connection.filename);
      return sync();
    }
    const status = await sync();
    saveInCache(tables, fs.readFileSync(connection.filename));
    return status;
  };
};

const boot = async ({ env }) => {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  appDir = process.env.STRAPI_UNDER_TEST_DIR;
  globalsAtBoot = Object.keys(globalThis);
  const holder = await reservePort(Number(process.env.PORT));
  const { port } = holder.address();
  process.env.PORT = String(port);
  process.env.HOST = host;
  process.env.PUBLIC_URL ||= `http://localhost:${port}`;
  process.chdir(appDir);
  hashQuickly();

  const strapiPackage = require(path.join(appDir, 'node_modules', '@strapi/strapi'));
  // Strapi 4 exports the function itself.
  const createStrapi = strapiPackage.createStrapi ?? strapiPackage;
  strapi = createStrapi({ appDir, distDir: appDir });
  if (process.env.STRAPI_UNDER_TEST_GRANT === 'true') strapi.server.use(setGrantResponse);
  const { bootstrap } = strapi;
  strapi.bootstrap = () => {
    strapi.hook('strapi::content-types.beforeSync').register(shareTables);
    return bootstrap.call(strapi);
  };
  await strapi.load();
  if (!strapi.config.get('server.url')) {
    strapi.config.set('server.url', process.env.PUBLIC_URL);
  }
  await listen(holder, port);
  replaceableAtBoot = getReplaceable();
  return port;
};

const serializeError = (error) => ({
  name: error?.name,
  message: error?.message ?? String(error),
  stack: error?.stack,
  code: error?.code,
  // An error's details may be anything; what JSON cannot represent is left out.
  details: error?.details === undefined ? undefined : JSON.parse(JSON.stringify(error.details)),
});

const run = ({ source, arg }) => {
  const fn = (0, eval)(`(${source})`);
  return fn(strapi, arg);
};

/** When the parent has read these marks, it has read everything that was written before. */
const flush = ({ mark }) => {
  process.stdout.write(`\n${mark}\n`);
  process.stderr.write(`\n${mark}\n`);
};

/** Each Strapi leaves some 30 MB behind. */
const MAX_RSS = 700 * 1024 * 1024;

/** Returns when another Strapi may start in this process; otherwise it ends. */
const stop = async ({ again }) => {
  await strapi.destroy();
  saveCode();
  const isReplaced = getReplaceable().some((value, index) => value !== replaceableAtBoot[index]);
  if (!again || isReplaced || process.memoryUsage.rss() > MAX_RSS) process.exit(0);
  listenToParent();
  forget();
};

const commands = { boot, run, flush, stop };

const execute = async (message) => {
  try {
    const value = await commands[message.command](message);
    const json = value === undefined ? undefined : JSON.stringify(value);
    process.send?.({ id: message.id, json });
  } catch (error) {
    if (message.command === 'boot') process.stderr.write(`${error?.stack ?? error}\n`);
    process.send?.({ id: message.id, error: serializeError(error) });
  }
};

listenToParent();
