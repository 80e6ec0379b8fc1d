/** @needs browser */
import type { Browser } from 'playwright-core';
import { startFrontEnd } from '../client/front-end';
import { startChromium } from '../support/chromium';

// An attacker leads a victim to the front-end with an error of his own making: his words would stand there as the site's.

let front: string;
let chromium: Browser;

beforeAll(async () => {
  [chromium, front] = await Promise.all([
    startChromium(),
    startFrontEnd(() => 'http://localhost:1/api'),
  ]);
}, 60_000);

const WORDS = 'Your account is locked. Call 555 1234';

test.each<Record<string, string>>([
  { error: 'user_blocked', error_description: WORDS },
  { error: WORDS, error_description: WORDS },
  { error: WORDS },
  { error: 'constructor', error_description: WORDS },
  { access_token: WORDS },
])('no text of the URL is in the message or the code: %p', async (parameters) => {
  const page = await chromium.newPage();
  await page.goto(`${front}/?${new URLSearchParams(parameters).toString()}`);
  const said = await page.getByRole('status').filter({ hasText: /\w/ }).innerText();
  expect(said).toMatch(/^[a-z_]+: [A-Z][\w ,]+\./);
  expect(said).not.toMatch(/Call|555/);
  await page.close();
});
