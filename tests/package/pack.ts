import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { stopAtEnd } from '../support/stop-at-end';
import { packageRoot, repositoryRoot } from '../support/strapi';

const execute = promisify(execFile);

/** The package as `npm publish` would upload it. */
export interface Packed {
  /** The tarball's path. */
  readonly tarball: string;
  /** Where it is unpacked. */
  readonly folder: string;
  /** Paths in the package, sorted. */
  readonly files: readonly string[];
  /** Bytes of the tarball. */
  readonly packedSize: number;
  /** Bytes of the files in it. */
  readonly unpackedSize: number;
  /** Removes both. */
  remove(): Promise<void>;
}

interface PackReport {
  filename: string;
  size: number;
  unpackedSize: number;
  files: { path: string }[];
}

/**
 * Builds and packs the working tree with npm. This happens in a copy, because other tests load the built files. It is
 * removed after the tests of the file.
 *
 * @param folder the package's, from the root of the repository; by default that of the plugin under test.
 * @throws the error of npm, with its output.
 */
export async function pack(folder = path.relative(repositoryRoot, packageRoot)): Promise<Packed> {
  const dir = await mkdtemp(path.join(tmpdir(), 'packed-'));
  const remove = () => rm(dir, { recursive: true, force: true });
  stopAtEnd(remove);
  try {
    return { ...(await packInto(dir, folder)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function packInto(dir: string, folder: string): Promise<Omit<Packed, 'remove'>> {
  const copy = path.join(dir, 'repository');
  await copyRepository(copy);
  const { stdout } = await execute(
    'npm',
    ['pack', '--json', '--silent', `--pack-destination=${dir}`],
    { cwd: path.join(copy, folder), maxBuffer: 2 ** 26 },
  );
  const [report] = Object.values(JSON.parse(stdout) as Record<string, PackReport>);
  if (!report) throw new Error(`Unexpected output of npm pack: ${stdout}`);
  const tarball = path.join(dir, report.filename);
  await execute('tar', ['-xzf', tarball, '-C', dir]);
  return {
    tarball,
    folder: path.join(dir, 'package'),
    files: report.files.map((file) => file.path).sort(),
    packedSize: report.size,
    unpackedSize: report.unpackedSize,
  };
}

/** All files that Git tracks or would track, with the installed packages. */
async function copyRepository(to: string): Promise<void> {
  const { stdout } = await execute('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: repositoryRoot,
    maxBuffer: 2 ** 26,
  });
  for (const name of stdout.split('\0').filter((each) => each !== '')) {
    const from = path.join(repositoryRoot, name);
    // A file that was removed and not yet committed is still listed.
    if (!existsSync(from)) continue;
    await mkdir(path.dirname(path.join(to, name)), { recursive: true });
    await cp(from, path.join(to, name));
  }
  for (const folder of ['.', 'strapi-5']) {
    const packages = path.join(repositoryRoot, folder, 'node_modules');
    if (existsSync(packages)) await symlink(packages, path.join(to, folder, 'node_modules'), 'dir');
  }
}
