/** @needs browser */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { startDemo, type DemoProcess } from './demo-process';

let demo: DemoProcess;
let browser: Browser;
/** One browser: its tabs share their cookies. */
let context: BrowserContext;
let scriptErrors: Error[];

beforeAll(async () => {
  [browser, demo] = await Promise.all([startChromium(), startDemo()]);
}, 120_000);

beforeEach(async () => {
  context = await browser.newContext();
  scriptErrors = [];
});

afterEach(async () => {
  expect(scriptErrors).toEqual([]);
  await context.close();
});

async function openTab(): Promise<Page> {
  const tab = await context.newPage();
  tab.on('pageerror', (error) => scriptErrors.push(error));
  await tab.goto(demo.front);
  return tab;
}

const logIn = (tab: Page) => tab.getByRole('link', { name: 'Log in', exact: true }).click();

/** Up to the sign-in page of the pool, where the tab waits. */
async function startLogin(): Promise<Page> {
  const tab = await openTab();
  await logIn(tab);
  await tab.getByRole('heading', { name: 'Sign in' }).waitFor();
  return tab;
}

const signInAs = (tab: Page, name: string) =>
  tab.getByRole('button', { name: new RegExp(`^${name} `) }).click();

const welcome = (tab: Page, email: string) => tab.getByText(email, { exact: true }).waitFor();

/** The status with which the API answers the JWT that a tab's front-end has. */
async function me(tab: Page): Promise<number> {
  const answer = tab.waitForResponse(
    (response) =>
      response.url().startsWith(`${demo.strapi}/api/users/me`) &&
      response.request().method() === 'GET',
  );
  await tab.reload();
  return (await answer).status();
}

/** Logins that the browser has not come back from, each with its signature. */
const pending = async () =>
  (await context.cookies(demo.strapi)).filter(({ name }) => name.includes('cognito-login'));

// Strapi's rate limit lets one address begin ten logins a minute: the tests here are for nine.

describe('two tabs that log in at once', () => {
  test.each<['first' | 'last', 0 | 1, 0 | 1]>([
    ['first', 0, 1],
    ['last', 1, 0],
  ])('both end logged in where the one that began first ends %s', async (_, one, other) => {
    const tabs = [await startLogin(), await startLogin()] as const;
    expect(await pending()).toHaveLength(2);
    await signInAs(tabs[one], 'ann');
    await welcome(tabs[one], 'ann@example.com');
    await signInAs(tabs[other], 'nia');
    await welcome(tabs[other], 'nia@example.com');
    for (const tab of tabs) {
      expect(await me(tab)).toBe(200);
      expect(tab.url()).toBe(`${demo.front}/connect/cognito/redirect`);
    }
    await welcome(tabs[one], 'ann@example.com');
    expect(await pending()).toEqual([]);
  });

  test('both end logged in where both come back at the same moment', async () => {
    const tabs = [await startLogin(), await startLogin()];
    await Promise.all(tabs.map((tab) => signInAs(tab, 'nia')));
    await Promise.all(tabs.map((tab) => welcome(tab, 'nia@example.com')));
    for (const tab of tabs) expect(await me(tab)).toBe(200);
    expect(await pending()).toEqual([]);
  });
});

test('the whole logout: the pool, which would let the same person straight in, asks who it is again', async () => {
  const tab = await startLogin();
  await signInAs(tab, 'ann');
  await welcome(tab, 'ann@example.com');

  // A front-end that only forgets its JWT has ended nothing.
  await tab.evaluate(() => sessionStorage.clear());
  await tab.goto(demo.front);
  await logIn(tab);
  await welcome(tab, 'ann@example.com');

  const passed: string[] = [];
  tab.on('request', (request) => {
    if (request.isNavigationRequest()) passed.push(request.url().split('?')[0] ?? '');
  });
  await tab.getByRole('button', { name: 'Log out' }).click();
  await tab.waitForURL(`${demo.front}/`);
  await tab.getByRole('heading', { name: 'Log in to read the notes' }).waitFor();
  expect(passed).toEqual([
    `${demo.strapi}/api/auth/cognito/logout`,
    `${demo.pool}/logout`,
    `${demo.front}/`,
  ]);
  expect(await tab.evaluate(() => JSON.stringify(sessionStorage))).not.toContain('eyJ');
  await tab.goBack();
  await tab.getByRole('link', { name: /^Log in/ }).waitFor();
  expect(await tab.getByText('ann@example.com', { exact: true }).count()).toBe(0);

  await tab.goto(demo.front);
  await logIn(tab);
  await tab.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signInAs(tab, 'nia');
  await welcome(tab, 'nia@example.com');
});
