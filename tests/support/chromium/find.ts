import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A browser that tests can drive. */
export interface FoundBrowser {
  executablePath: string;
  /** Environment variables that its process needs in addition. */
  env: Record<string, string>;
}

/** Commands of Chromium-based browsers, the most common first. */
const COMMANDS = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
];

/** On macOS, where they have no commands. */
const APPLICATIONS = ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
  (name) => `Applications/${name}.app/Contents/MacOS/${name}`,
);

const root = path.resolve(__dirname, '..', '..', '..');

/**
 * The browser that tests use: the one that `npm ci` has installed (Linux on x64), which has no windows and needs half
 * of the processor time; otherwise the first on the PATH that runs, then those of macOS. `TEST_BROWSER` overrides this:
 * the path of a browser, or `none`.
 * @returns undefined when there is none.
 */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): FoundBrowser | undefined {
  const chosen = env.TEST_BROWSER ?? '';
  if (chosen === 'none') return undefined;
  if (chosen !== '') return working({ executablePath: chosen, env: {} });
  const installed = npmBrowser();
  if (installed) return installed;
  for (const executablePath of [...commandsOn(env.PATH), ...applications(env.HOME)]) {
    const found = working({ executablePath, env: {} });
    if (found) return found;
  }
  return undefined;
}

/** The path of a command; undefined where it is not on the PATH. */
export function findCommand(name: string, searchPath = process.env.PATH): string | undefined {
  const folders = (searchPath ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function commandsOn(searchPath: string | undefined): string[] {
  return COMMANDS.flatMap((name) => findCommand(name, searchPath) ?? []);
}

function applications(home = '/'): string[] {
  if (process.platform !== 'darwin') return [];
  return [home, '/']
    .flatMap((folder) => APPLICATIONS.map((name) => path.join(folder, name)))
    .filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A browser may lack a library, and the command of Ubuntu only says what to install. */
function working(browser: FoundBrowser): FoundBrowser | undefined {
  const env = { ...process.env, ...browser.env };
  const { status } = spawnSync(browser.executablePath, ['--version'], { env, stdio: 'ignore' });
  return status === 0 ? browser : undefined;
}

function npmBrowser(): FoundBrowser | undefined {
  const manifest = path.join(root, 'node_modules', '@sparticuz', 'chromium', 'package.json');
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(manifest)) {
    return undefined;
  }
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = path.join(root, '.cache', `chromium-${version}`);
  if (!existsSync(folder)) {
    // In a separate process, because it needs streams, and a test file has to know immediately whether it is skipped.
    const unpack = path.join(__dirname, 'unpack.mjs');
    spawnSync(process.execPath, [unpack, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return working({
    executablePath: path.join(folder, 'chromium'),
    env: {
      LD_LIBRARY_PATH: path.join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: path.join(folder, 'fonts.conf'),
    },
  });
}
