import { execFileSync } from 'node:child_process';
import { chromium, type Browser } from 'playwright-core';

/**
 * Starts the Chromium of the system.
 * @throws Error that says what to install, when there is none.
 */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

function findChromium(): string {
  try {
    return execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  } catch (cause) {
    throw new Error(
      'This test needs a browser, and there is no `chromium` on the PATH. On Debian: apt-get install chromium',
      { cause },
    );
  }
}
