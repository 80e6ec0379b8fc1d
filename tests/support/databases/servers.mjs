import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The packages of both servers on Debian and Ubuntu. */
export const PACKAGES = 'postgresql mariadb-server';

const isRoot = process.getuid?.() === 0;

/**
 * The servers that tests can run against, by their name in `TEST_DATABASE`: how to fill a data folder, and how to serve
 * it on a port of 127.0.0.1 and on a socket within the folder. The data need not survive a power cut.
 */
export const servers = {
  postgres: {
    title: 'PostgreSQL',
    commands: ['initdb', 'postgres'],
    // It refuses to run as root.
    user: isRoot ? 'postgres' : undefined,
    install: (folder) => [
      'initdb',
      ...['--pgdata', join(folder, 'data'), '--username', 'strapi', '--auth', 'trust'],
      ...['--encoding', 'UTF8', '--no-locale', '--no-sync'],
    ],
    serve: (folder, port) => [
      'postgres',
      ...['-D', join(folder, 'data'), '-h', '127.0.0.1', '-p', String(port), '-k', folder],
      ...['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
      ...['-c', 'max_connections=200'],
    ],
    ready: 'database system is ready to accept connections',
    // Its immediate shutdown.
    stopSignal: 'SIGQUIT',
    url: (port) => `postgres://strapi@127.0.0.1:${port}/postgres`,
  },
  mysql: {
    title: 'MariaDB',
    commands: ['mariadb-install-db', 'mariadbd'],
    user: undefined,
    install: (folder) => [
      'mariadb-install-db',
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...(isRoot ? ['--user=root'] : []),
    ],
    serve: (folder, port) => [
      'mariadbd',
      '--no-defaults',
      `--datadir=${join(folder, 'data')}`,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${join(folder, 'mariadb.sock')}`,
      `--pid-file=${join(folder, 'mariadb.pid')}`,
      '--skip-name-resolve',
      // Debian's default: it treats `A` and `a` as equal, and `a` and `a ` too.
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_general_ci',
      '--max-connections=200',
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-flush-method=nosync',
      ...(isRoot ? ['--user=root'] : []),
    ],
    ready: 'ready for connections',
    stopSignal: 'SIGTERM',
    url: (port) => `mysql://root@127.0.0.1:${port}/`,
  },
};

/** The commands of a server that are not installed. */
export function missingCommands(name) {
  return servers[name].commands.filter((command) => !find(command));
}

/**
 * The path of a server's command.
 * @throws Error when it is not installed.
 */
export function findPath(command) {
  const path = find(command);
  if (!path) throw new Error(`${command} is not installed: apt-get install ${PACKAGES}`);
  return path;
}

/** Options of `spawn` that run a command as a system user; none for the current user. */
export function ownership(user) {
  if (user === undefined) return {};
  const id = (flag) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function find(command) {
  const paths = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', ...debianFolders()];
  return paths.map((folder) => join(folder, command)).find(isExecutable);
}

/** Debian has PostgreSQL's servers outside of PATH, in one folder per version; the newest comes first. */
function debianFolders() {
  const all = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(all).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(all, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
