/** @needs browser */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { startDemo, type DemoProcess } from './demo-process';

let demo: DemoProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let scriptErrors: Error[];

beforeAll(async () => {
  [browser, demo] = await Promise.all([startChromium(), startDemo()]);
}, 120_000);

beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  scriptErrors = [];
  page.on('pageerror', (error) => scriptErrors.push(error));
  await page.goto(demo.front);
});

afterEach(async () => {
  expect(scriptErrors).toEqual([]);
  await context.close();
});

async function signInAs(name: string): Promise<void> {
  await page.getByRole('link', { name: 'Log in', exact: true }).click();
  await page.getByRole('button', { name: new RegExp(`^${name} `) }).click();
}

test('somebody logs in, and the API takes their JWT', async () => {
  const pending = page.waitForResponse(
    (response) =>
      response.url().startsWith(`${demo.strapi}/api/users/me`) &&
      response.request().method() === 'GET',
  );
  await signInAs('ann');

  await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
  const me = await pending;
  expect(me.status()).toBe(200);
  expect(await me.json()).toMatchObject({ email: 'ann@example.com', provider: 'cognito' });
  await page.getByText('GET /api/users/me').click();
  expect(await page.locator('details[open] pre').innerText()).toContain('ann@example.com');
  await page.getByRole('heading', { name: 'You are through' }).waitFor();
});

test('nothing of the login stays in the address bar, and loading that page again is harmless', async () => {
  await signInAs('ann');
  await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
  expect(page.url()).toBe(`${demo.front}/connect/cognito/redirect`);

  await page.reload();
  await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
});

test('the address with the one-time code, opened again, does not frighten who is logged in', async () => {
  const arrival = page.waitForRequest((request) =>
    request.url().startsWith(`${demo.front}/connect/cognito/redirect?`),
  );
  await signInAs('ann');
  await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();

  await page.goto((await arrival).url());
  await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
});

test('after logging out, neither front-end nor user pool know somebody any more', async () => {
  await signInAs('ann');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL(`${demo.front}/`);

  await page.getByRole('link', { name: 'Log in', exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('somebody whose email is not verified is told so, and can come as somebody else', async () => {
  await signInAs('ben');
  await page.getByRole('heading', { name: 'Please confirm your email address first' }).waitFor();
  await page.getByText('email_not_verified').waitFor();

  await page.getByRole('link', { name: 'Log in as somebody else' }).click();
  await page.getByRole('button', { name: /^nia / }).click();
  await page.getByText('nia@example.com', { exact: true }).waitFor();
});

test('somebody who cancels is not told off', async () => {
  await page.getByRole('link', { name: 'Log in', exact: true }).click();
  await page.getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('heading', { name: 'You cancelled the log-in' }).waitFor();
  await page.getByText('access_denied').waitFor();
});

test('HTML in the address is shown as the text it is', async () => {
  const html = '<img src=x onerror="document.title=1">';
  const query = new URLSearchParams({ error: html, error_description: html });
  await page.goto(`${demo.front}/connect/cognito/redirect?${query.toString()}`);

  await page.getByRole('heading', { name: 'Logging in did not work' }).waitFor();
  expect(await page.getByRole('alert').innerText()).toContain(html);
  expect(await page.locator('main img').count()).toBe(0);
});
