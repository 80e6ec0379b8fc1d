import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pack } from '../package/pack';
import { stopAtEnd } from '../support/stop-at-end';
import { repositoryRoot } from '../support/strapi';

/**
 * Copies an example into a new folder, and installs the client's package there from its tarball, as a reader of the
 * example does. The folder is removed after the tests of the file.
 *
 * @returns the folder.
 */
export async function installExample(name: string): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), `example-${name}-`));
  stopAtEnd(() => rm(dir, { recursive: true, force: true }));
  const { tarball } = await pack('client');
  await cp(path.join(repositoryRoot, 'examples', name), dir, { recursive: true });
  await promisify(execFile)(
    'npm',
    ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', tarball],
    { cwd: dir },
  );
  return dir;
}
