'use strict';

/*
 * One Strapi in its own process, driven by child.ts over IPC. Plain JavaScript, because a forked process has none of
 * the parent's transforms.
 *
 * Parent → child: { id, command: 'run' | 'flush' | 'stop', … }. Child → parent: { type: 'ready', port },
 * { type: 'failed', message }, { type: 'result', id, … }.
 */

const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');

const appDir = process.env.STRAPI_UNDER_TEST_DIR;
const host = process.env.STRAPI_UNDER_TEST_HOST;

// Functions that esbuild (tsx) has compiled call this helper, which their source text does not include.
globalThis.__name = (fn) => fn;

/** The parent has ended without stopping this process, which therefore has to remove the folder itself. */
let orphaned = false;
const endOrphaned = () => {
  orphaned = true;
  process.exit(1);
};
process.on('disconnect', endOrphaned);
// The pipes may break before the channel does.
process.stdout.on('error', endOrphaned);
process.stderr.on('error', endOrphaned);
process.on('exit', () => {
  if ((orphaned || !process.connected) && process.env.STRAPI_UNDER_TEST_KEEP !== 'true') {
    fs.rmSync(appDir, { recursive: true, force: true });
  }
});
// Ctrl-C also reaches the parent, which then stops this process.
process.on('SIGINT', () => {});

/** Reserves a port during the boot, so that the app knows its URL from the start, as in production. */
const reservePort = (port) =>
  new Promise((resolve, reject) => {
    const holder = net.createServer((socket) => socket.destroy());
    holder.once('error', reject);
    holder.listen(port, host, () => resolve(holder));
  });

const listen = (strapi, holder, port) =>
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

const boot = async () => {
  const holder = await reservePort(Number(process.env.PORT));
  const { port } = holder.address();
  process.env.PORT = String(port);
  process.env.HOST = host;
  process.env.PUBLIC_URL ||= `http://localhost:${port}`;
  process.chdir(appDir);

  const strapiPackage = require(path.join(appDir, 'node_modules', '@strapi/strapi'));
  // Strapi 4 exports the function itself.
  const createStrapi = strapiPackage.createStrapi ?? strapiPackage;
  const strapi = createStrapi({ appDir, distDir: appDir });
  if (process.env.STRAPI_UNDER_TEST_GRANT === 'true') strapi.server.use(setGrantResponse);
  await strapi.load();
  if (!strapi.config.get('server.url')) {
    strapi.config.set('server.url', process.env.PUBLIC_URL);
  }
  await listen(strapi, holder, port);
  return { strapi, port };
};

const serializeError = (error) => ({
  name: error?.name,
  message: error?.message ?? String(error),
  stack: error?.stack,
  code: error?.code,
  // An error's details may be anything; what JSON cannot represent is left out.
  details: error?.details === undefined ? undefined : JSON.parse(JSON.stringify(error.details)),
});

const run = async (strapi, { source, arg }) => {
  const fn = (0, eval)(`(${source})`);
  return fn(strapi, arg);
};

/** When the parent has read these marks, it has read everything that was written before. */
const flush = ({ mark }) => {
  process.stdout.write(`\n${mark}\n`);
  process.stderr.write(`\n${mark}\n`);
};

const stop = async (strapi) => {
  await strapi.destroy();
  process.exit(0);
};

const commands = {
  run: (strapi, message) => run(strapi, message),
  flush: (_strapi, message) => flush(message),
  stop: (strapi) => stop(strapi),
};

const execute = async (strapi, message) => {
  try {
    const value = await commands[message.command](strapi, message);
    const json = value === undefined ? undefined : JSON.stringify(value);
    process.send?.({ type: 'result', id: message.id, json });
  } catch (error) {
    process.send?.({ type: 'result', id: message.id, error: serializeError(error) });
  }
};

boot().then(
  ({ strapi, port }) => {
    process.on('message', (message) => void execute(strapi, message));
    process.send({ type: 'ready', port });
  },
  (error) => {
    process.stderr.write(`${error?.stack ?? error}\n`);
    // Exit when the message is sent: process.exit does not wait for IPC.
    process.send({ type: 'failed', message: error?.message ?? String(error) }, () =>
      process.exit(1),
    );
  },
);
