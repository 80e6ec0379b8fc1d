import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pack } from '../package/pack';
import { repositoryRoot } from '../support/strapi';

/** A folder as a reader has it who copied an example and installed what it says. */
export interface InstalledExample {
  readonly dir: string;
  remove(): Promise<void>;
}

/** Copies an example into a new folder, and installs the client's own package there, from its tarball. */
export async function installExample(name: string): Promise<InstalledExample> {
  const [packed, dir] = await Promise.all([
    pack('client'),
    mkdtemp(path.join(tmpdir(), `example-${name}-`)),
  ]);
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    await cp(path.join(repositoryRoot, 'examples', name), dir, { recursive: true });
    await promisify(execFile)(
      'npm',
      ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', packed.tarball],
      { cwd: dir },
    );
    return { dir, remove };
  } catch (error) {
    await remove();
    throw error;
  } finally {
    await packed.remove();
  }
}
