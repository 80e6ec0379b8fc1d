/** @needs browser */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { startFront } from '../../demo/front/server';
import { claimPorts } from '../../demo/ports';
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

afterEach(() => {
  expect(scriptErrors).toEqual([]);
});

async function startBrowser(): Promise<void> {
  context = await browser.newContext();
  scriptErrors = [];
}

const stopBrowser = () => context.close();

async function openTab(): Promise<Page> {
  const tab = await context.newPage();
  tab.on('pageerror', (error) => scriptErrors.push(error));
  await tab.goto(demo.front);
  return tab;
}

const logIn = (tab: Page) => tab.getByRole('link', { name: 'Log in', exact: true }).click();

const choose = (tab: Page, name: string) =>
  tab.getByRole('button', { name: new RegExp(`^${name} `) }).click();

async function signInAs(tab: Page, name: string): Promise<void> {
  await logIn(tab);
  await choose(tab, name);
}

/** The response of `/api/users/me` to a tab's front-end. */
const meIn = (tab: Page) =>
  tab.waitForResponse(
    (response) =>
      response.url().startsWith(`${demo.strapi}/api/users/me`) &&
      response.request().method() === 'GET',
  );

// One browser goes through it, stop after stop, on a new demo.
describe('the tour', () => {
  let page: Page;

  beforeAll(async () => {
    await startBrowser();
    page = await openTab();
  });

  afterAll(stopBrowser);

  const stop = (title: string): Locator =>
    page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title }) });
  const seen = (title: string) => stop(title).getByText('seen', { exact: true }).waitFor();
  const progress = (count: number) => page.getByText(`Seen so far: ${count} of 5.`).waitFor();
  const fact = (term: string) =>
    page.locator('dl > div').filter({ hasText: term }).locator('dd').innerText();

  const asSomebodyElse = () => page.getByRole('link', { name: 'Log in as somebody else' }).click();

  test('it begins with nothing seen', async () => {
    await progress(0);
    expect(await page.locator('.stops > li').count()).toBe(5);
  });

  test("it leads to the plugin's page in the admin panel, if there is a panel", async () => {
    const link = page.getByRole('link', { name: 'AWS Cognito' });
    expect(await link.count()).toBe(0);
    const ports = await claimPorts({ strapi: 0, front: 0, pool: 0 }, ['front']);
    const adminPage = 'http://localhost:1/admin/settings/users-permissions/aws-cognito';
    const front = await startFront(ports.front, demo.strapi, true, adminPage);
    const tab = await browser.newPage();
    await tab.goto(`http://localhost:${ports.front}`);
    const shown = tab.getByRole('link', { name: 'AWS Cognito' });
    expect(await shown.getAttribute('href')).toBe(`${adminPage}?tab=users`);
    await tab.close();
    await front.stop();
  });

  let number: string;

  test('ann is new, and gets the role of her group', async () => {
    await signInAs(page, 'ann');
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
    expect(await fact('Role in Strapi')).toBe('Editor');
    number = await fact('Number in Strapi');
    await seen('A group becomes a role');
    await progress(1);
  });

  test('logging out ends the session at the pool', async () => {
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${demo.front}/`);
    await seen('Logging out is logging out');
    await logIn(page);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  test('ann comes back as the user she was', async () => {
    await choose(page, 'ann');
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
    expect(await fact('Number in Strapi')).toBe(number);
    await seen('Somebody comes back');
    await progress(3);
  });

  test('nia, in no group, has the default role', async () => {
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${demo.front}/`);
    await signInAs(page, 'nia');
    await page.getByText('nia@example.com', { exact: true }).waitFor();
    expect(await fact('Role in Strapi')).toBe('Authenticated');
    await progress(3);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${demo.front}/`);
  });

  test('ben, whose email is not verified, is turned away', async () => {
    await signInAs(page, 'ben');
    await page.getByRole('heading', { name: 'Please confirm your email address first' }).waitFor();
    await seen('An email that is not verified');
  });

  test('max is blocked; then all of it is seen, and stays so', async () => {
    await asSomebodyElse();
    await choose(page, 'max');
    await page.getByRole('heading', { name: 'Your account is blocked' }).waitFor();
    await seen('Somebody who is blocked');
    await page.getByText('You have seen all of it.').waitFor();
    await page.goto(demo.front);
    await page.getByText('You have seen all of it.').waitFor();
  });
});

describe('one tab', () => {
  let page: Page;

  beforeEach(async () => {
    await startBrowser();
    page = await openTab();
  });

  afterEach(stopBrowser);

  test('a user logs in, and the API accepts the JWT', async () => {
    const pending = meIn(page);
    await signInAs(page, 'ann');

    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
    const me = await pending;
    expect(me.status()).toBe(200);
    expect(await me.json()).toMatchObject({ email: 'ann@example.com', provider: 'cognito' });
    await page.getByText('GET /api/users/me').click();
    expect(await page.locator('details[open] pre').innerText()).toContain('ann@example.com');
    await page.getByRole('heading', { name: 'You are through' }).waitFor();
  });

  test('nothing of the login stays in the address bar, and the page can be reloaded', async () => {
    await signInAs(page, 'ann');
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
    expect(page.url()).toBe(`${demo.front}/connect/cognito/redirect`);

    await page.reload();
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
  });

  test('the address with the one-time code, opened again, keeps the user logged in', async () => {
    const arrival = page.waitForRequest((request) =>
      request.url().startsWith(`${demo.front}/connect/cognito/redirect?`),
    );
    await signInAs(page, 'ann');
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();

    await page.goto((await arrival).url());
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
  });

  test('after a logout, neither the front-end nor the user pool knows the user', async () => {
    await signInAs(page, 'ann');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${demo.front}/`);

    await logIn(page);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  test('a user whose email is not verified is told so, and can log in as another one', async () => {
    await signInAs(page, 'ben');
    await page.getByRole('heading', { name: 'Please confirm your email address first' }).waitFor();
    await page.getByText('email_not_verified').waitFor();

    await page.getByRole('link', { name: 'Log in as somebody else' }).click();
    await choose(page, 'nia');
    await page.getByText('nia@example.com', { exact: true }).waitFor();
  });

  test('a user who cancels sees a friendly message', async () => {
    await logIn(page);
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
});

describe('several tabs', () => {
  beforeEach(startBrowser);

  afterEach(stopBrowser);

  /** Up to the sign-in page of the pool, where the tab waits. */
  async function startLogin(): Promise<Page> {
    const tab = await openTab();
    await logIn(tab);
    await tab.getByRole('heading', { name: 'Sign in' }).waitFor();
    return tab;
  }

  const welcome = (tab: Page, email: string) => tab.getByText(email, { exact: true }).waitFor();

  /** The status with which the API answers the JWT that a tab's front-end has. */
  async function me(tab: Page): Promise<number> {
    const answer = meIn(tab);
    await tab.reload();
    return (await answer).status();
  }

  /** Logins that the browser has not come back from, each with its signature. */
  const pending = async () =>
    (await context.cookies(demo.strapi)).filter(({ name }) => name.includes('cognito-login'));

  describe('two tabs that log in at once', () => {
    test.each<['first' | 'last', 0 | 1, 0 | 1]>([
      ['first', 0, 1],
      ['last', 1, 0],
    ])('both end logged in if the one that began first ends %s', async (_, one, other) => {
      const tabs = [await startLogin(), await startLogin()] as const;
      expect(await pending()).toHaveLength(2);
      await choose(tabs[one], 'ann');
      await welcome(tabs[one], 'ann@example.com');
      await choose(tabs[other], 'nia');
      await welcome(tabs[other], 'nia@example.com');
      for (const tab of tabs) {
        expect(await me(tab)).toBe(200);
        expect(tab.url()).toBe(`${demo.front}/connect/cognito/redirect`);
      }
      await welcome(tabs[one], 'ann@example.com');
      expect(await pending()).toEqual([]);
    });

    test('both end logged in if both come back at the same moment', async () => {
      const tabs = [await startLogin(), await startLogin()];
      await Promise.all(tabs.map((tab) => choose(tab, 'nia')));
      await Promise.all(tabs.map((tab) => welcome(tab, 'nia@example.com')));
      for (const tab of tabs) expect(await me(tab)).toBe(200);
      expect(await pending()).toEqual([]);
    });
  });

  test('after the whole logout, the pool asks who it is again', async () => {
    const tab = await startLogin();
    await choose(tab, 'ann');
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
    await choose(tab, 'nia');
    await welcome(tab, 'nia@example.com');
  });
});

test('the demo ends as it is told to by Ctrl-C, without an error', async () => {
  expect(await demo.stop()).toBe(0);
});
