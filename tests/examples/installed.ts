import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stopAtEnd } from '../support/stop-at-end';
import { repositoryRoot } from '../support/strapi';

/**
 * Copies an example into a new folder, and installs the client's package there, as a reader of the example does. It is
 * compiled by `npm test`. The folder is removed after the tests of the file.
 *
 * @returns the folder.
 */
export async function installExample(name: string): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), `example-${name}-`));
  stopAtEnd(() => rm(dir, { recursive: true, force: true }));
  const client = path.join(dir, 'client-package');
  const copy = (from: string, to: string) =>
    cp(path.join(repositoryRoot, from), to, { recursive: true });
  await copy(path.join('examples', name), dir);
  await copy(path.join('client', 'package.json'), path.join(client, 'package.json'));
  await copy(path.join('dist', 'client'), path.join(client, 'dist'));
  const install = ['install', '--install-links', '--ignore-scripts', '--offline', '--no-audit'];
  await promisify(execFile)('npm', [...install, '--no-fund', '--loglevel=error', client], {
    cwd: dir,
  });
  return dir;
}
