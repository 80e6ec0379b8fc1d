import { chromium, type Browser } from 'playwright-core';
import { browser as need } from '../needs/needs.json';
import { stopAtEnd } from '../stop-at-end';
import { findBrowser } from './find';

/**
 * Starts the browser of this machine. It is closed after the tests of the file.
 * @throws Error that says what to install, where there is none.
 */
export async function startChromium(): Promise<Browser> {
  const found = findBrowser();
  if (!found) throw new Error(`This needs a browser, and ${need.lacking}: ${need.install}`);
  const launched = chromium.launch({
    executablePath: found.executablePath,
    env: { ...process.env, ...found.env },
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  stopAtEnd(async () => {
    const browser = await launched.catch(() => undefined);
    await browser?.close();
  });
  return launched;
}
