import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stopAtEnd } from './stop-at-end';
import { repositoryRoot } from './strapi';

// They start every kind of process, on a machine that may be busy.
jest.setTimeout(180_000);

const jestScript = path.join(repositoryRoot, 'node_modules', 'jest', 'bin', 'jest.js');

/** The folder for temporary files of one run of Jest; every process of the run has it in its environment. */
let folder: string;

beforeEach(() => {
  const folderPath = mkdtempSync(path.join(tmpdir(), 'runs-'));
  folder = folderPath;
  stopAtEnd(() => rmSync(folderPath, { recursive: true }));
});

// There are none, unless a test has failed.
afterEach(() => processes().forEach(({ id }) => process.kill(id, 'SIGKILL')));

/** Runs files of `runs/` as `npm test` runs the others. */
function runJest(files: string[], env: Record<string, string> = {}): ChildProcess {
  const matches = files.map((name) => `--testMatch=**/tests/support/runs/${name}.ts`);
  const cache = `--cacheDirectory=${path.join(tmpdir(), 'jest-runs')}`;
  const run = spawn(process.execPath, [jestScript, '--maxWorkers=2', cache, ...matches], {
    cwd: repositoryRoot,
    env: { ...process.env, TMPDIR: folder, CI: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  stopAtEnd(() => run.kill('SIGKILL'));
  return run;
}

/** The output of both streams. Resolves when it matches `until`, or at the end. */
function readOutput(run: ChildProcess, until?: RegExp): Promise<string> {
  let printed = '';
  return new Promise((resolve) => {
    for (const stream of [run.stdout, run.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (until?.test(printed)) resolve(printed);
      });
    }
    run.once('close', () => resolve(printed));
  });
}

/** The processes of the run. They are read from /proc, which only Linux has. */
function processes(): { id: number; command: string }[] {
  return ids().flatMap((id) => {
    try {
      const environment = readFileSync(`/proc/${id}/environ`, 'utf8').split('\0');
      if (!environment.includes(`TMPDIR=${folder}`)) return [];
      const command = readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return { id: Number(id), command };
    } catch {
      // It has ended, or is another user's.
      return [];
    }
  });
}

function ids(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** The folders of apps, of demos and of browsers that the run has not removed. */
const leftFolders = () =>
  readdirSync(folder).filter((name) => /^(strapi-under-test|cognito-demo|playwright)/.test(name));

describe('a file that needs a browser, on a machine without one', () => {
  test('is skipped, and one line says what to install', async () => {
    const run = runJest(['needs-browser'], { TEST_BROWSER: 'none' });
    const printed = await readOutput(run);
    expect(printed).toContain(
      '1 test file was skipped: there is no browser. Install it: apt-get install chromium\n',
    );
    expect(printed).toContain('\n0 passed, 0 failed, 1 skipped\n');
    expect(run.exitCode).toBe(0);
  });

  test('fails with CI=true', async () => {
    const run = runJest(['needs-browser'], { TEST_BROWSER: 'none', CI: 'true' });
    const printed = await readOutput(run);
    expect(printed).toContain('With CI=true no test is skipped, and there is no browser.');
    expect(printed).toContain('\n0 passed, 1 failed, 0 skipped\n');
    expect(run.exitCode).toBe(1);
  });
});

test('when `beforeAll` fails, the error is shown, Jest ends, and nothing is left', async () => {
  const run = runJest(['failing-before-all']);
  const printed = await readOutput(run);
  expect(printed).toContain('This one fails.');
  expect(printed).not.toContain('TypeError');
  expect(printed).toContain('\n0 passed, 1 failed, 0 skipped\n');
  expect(processes()).toEqual([]);
  expect(leftFolders()).toEqual([]);
});

test('when Jest is killed, everything that its tests have started ends too', async () => {
  const run = runJest(['waiting', 'needs-browser'], { TEST_BROWSER: '' });
  expect(await readOutput(run, /All is started/)).toContain('All is started');
  expect(leftFolders().length).toBeGreaterThanOrEqual(2);
  run.kill('SIGKILL');
  while (processes().length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  expect(leftFolders().filter((name) => !name.startsWith('playwright'))).toEqual([]);
});
