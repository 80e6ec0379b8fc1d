import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startChromium } from './chromium';
import { findBrowser } from './chromium/find';
import { stopAtEnd } from './stop-at-end';

const real = process.env.TEST_BROWSER;
const hasNpmBrowser = process.platform === 'linux' && process.arch === 'x64';

let folder: string;

beforeEach(() => {
  const folderPath = mkdtempSync(path.join(tmpdir(), 'browsers-'));
  folder = folderPath;
  stopAtEnd(() => rmSync(folderPath, { recursive: true }));
});

afterEach(() => {
  if (real === undefined) delete process.env.TEST_BROWSER;
  else process.env.TEST_BROWSER = real;
});

/** A command that ends with this exit code. */
function command(name: string, exitCode = 0): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\nexit ${exitCode}\n`);
  chmodSync(file, 0o755);
  return file;
}

const found = (env: NodeJS.ProcessEnv) => findBrowser({ HOME: folder, ...env })?.executablePath;

describe('where npm installs no browser', () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;

  beforeEach(() => {
    Object.defineProperty(process, 'platform', { ...platform, value: 'freebsd' });
  });

  afterEach(() => {
    Object.defineProperty(process, 'platform', platform);
  });

  test.each([
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    'microsoft-edge',
  ])('%s is found on the PATH', (name) => {
    const file = command(`second/${name}`);
    const searchPath = [path.join(folder, 'first'), path.dirname(file)].join(path.delimiter);
    expect(found({ PATH: searchPath })).toBe(file);
  });

  test('a browser that does not run is skipped', () => {
    command('chromium-browser', 1);
    const file = command('google-chrome');
    expect(found({ PATH: folder })).toBe(file);
  });

  test('on macOS an application is found', () => {
    const file = command('Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
    Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
    expect(found({ PATH: '' })).toBe(file);
  });
});

test('TEST_BROWSER names another browser, or none', () => {
  command('chromium');
  const file = command('elsewhere/browser');
  expect(found({ PATH: folder, TEST_BROWSER: file })).toBe(file);
  expect(found({ PATH: folder, TEST_BROWSER: command('broken', 1) })).toBeUndefined();
  expect(found({ PATH: folder, TEST_BROWSER: 'none' })).toBeUndefined();
});

(hasNpmBrowser ? test : test.skip)(
  'the browser from npm is used before others, and shows text on a machine without fonts',
  async () => {
    command('chromium');
    expect(found({ PATH: folder })).toMatch(/chromium-[\d.]+\/chromium$/);

    delete process.env.TEST_BROWSER;
    const browser = await startChromium();
    const page = await browser.newPage();
    await page.setContent('<h1>Text</h1>');
    const box = await page.getByRole('heading', { name: 'Text' }).boundingBox();
    expect(box?.height).toBeGreaterThan(20);
  },
);

test('without any browser, startChromium says what to install', async () => {
  process.env.TEST_BROWSER = 'none';
  await expect(startChromium()).rejects.toThrow('apt-get install chromium');
});
