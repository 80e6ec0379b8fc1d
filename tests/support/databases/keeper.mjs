/*
 * Runs one temporary database server for as long as its parent lives. It is a separate process, so that however the
 * parent ends (Ctrl-C, a crash, SIGKILL), the server is stopped and its folder removed.
 *
 * `keeper.mjs postgres|mysql`, forked. Keeper → parent: { url } when it serves, { failed } when it cannot. The parent
 * ends it by closing the channel, and may wait for its exit.
 */
import { spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTimeout } from 'node:timers';
import { ownership, findPath, servers } from './servers.mjs';

const PORT_ATTEMPTS = 5;
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;
const PORT_TAKEN = /address already in use/i;

const name = process.argv[2];
const server = servers[name];
const owner = ownership(server.user);
const folder = mkdtempSync(join(tmpdir(), `test-${name}-`));

/** The running command: the one that fills the folder, then the server. */
let current;
let ending = false;

process.on('disconnect', () => void end(0));
process.on('SIGTERM', () => void end(0));
// The parent handles Ctrl-C and a closed terminal; this process ends with it.
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});

try {
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const { code, output } = await start(server.install(folder)).exited;
  if (code !== 0) throw new Error(`${server.commands[0]} failed:\n${output()}`);
  const url = await serve();
  void current.exited.then(({ output }) => fail(`${server.title} has ended:\n${output()}`));
  report({ url });
} catch (error) {
  await fail(error.message);
}

/** Starts the server on a free port. If another process takes that port first, tries the next one. */
async function serve(attempt = 1) {
  const port = await freePort();
  const { exited, wrote } = start(server.serve(folder, port));
  const early = await Promise.race([
    wrote(server.ready).then(() => undefined),
    exited.then(({ output }) => output()),
    after(READY_WITHIN_MS).then(() => `it was not ready after ${READY_WITHIN_MS} ms`),
  ]);
  if (early === undefined) return server.url(port);
  if (PORT_TAKEN.test(early) && attempt < PORT_ATTEMPTS) return serve(attempt + 1);
  throw new Error(`${server.title} did not start:\n${early}`);
}

function start([command, ...args]) {
  if (ending) throw new Error('no longer needed');
  const child = spawn(findPath(command), args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...owner,
  });
  const output = readTail(child);
  const exited = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, output: () => error.message }));
    child.on('close', (code) => resolve({ code, output: output.text }));
  });
  current = { child, exited };
  return { exited, wrote: output.wrote };
}

/** The end of a process's output; all of it would grow over a long run. */
function readTail({ stdout, stderr }) {
  let text = '';
  const waiting = new Set();
  for (const stream of [stdout, stderr]) {
    stream.setEncoding('utf8').on('data', (more) => {
      text = (text + more).slice(-10_000);
      waiting.forEach((check) => check());
    });
  }
  const wrote = (words) =>
    new Promise((resolve) => {
      const check = () => text.includes(words) && waiting.delete(check) && resolve();
      waiting.add(check);
    });
  return { text: () => text, wrote };
}

async function fail(message) {
  if (ending) return;
  report({ failed: message });
  await end(1);
}

async function end(code) {
  if (ending) return;
  ending = true;
  if (current) {
    current.child.kill(server.stopSignal);
    const timer = setTimeout(() => current.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await current.exited;
    clearTimeout(timer);
  }
  // Processes of the server may still be writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit(code);
}

function report(message) {
  if (process.connected) process.send(message, () => {});
}

function after(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function freePort() {
  return new Promise((resolve, reject) => {
    const holder = createServer().on('error', reject);
    holder.listen(0, '127.0.0.1', () => {
      const { port } = holder.address();
      holder.close(() => resolve(port));
    });
  });
}
