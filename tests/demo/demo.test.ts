/** @needs browser */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { startFront } from '../../demo/front/server';
import { claimPorts } from '../../demo/ports';
import { startChromium } from '../support/chromium';
import { startDemo, type DemoProcess } from './demo-process';

let demo: DemoProcess;
let browser: Browser;
/** One browser, whose tabs share cookies. */
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

// One browser takes all steps in order, on a new demo.
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

  const logInAsOtherUser = () => page.getByRole('link', { name: 'Log in as another user' }).click();

  test('it starts with nothing seen', async () => {
    await progress(0);
    expect(await page.locator('.stops > li').count()).toBe(5);
  });

  test("it links to the plugin's page, if there is an admin panel", async () => {
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
    number = await fact('User id in Strapi');
    await seen('A group becomes a role');
    await progress(1);
  });

  test('logging out ends the session at the pool', async () => {
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${demo.front}/`);
    await seen('Logout also ends the session at the pool');
    await logIn(page);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  test('ann returns as the same user', async () => {
    await choose(page, 'ann');
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
    expect(await fact('User id in Strapi')).toBe(number);
    await seen('A user returns');
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

  test('the login of ben, whose email is not verified, fails', async () => {
    await signInAs(page, 'ben');
    await page.getByRole('heading', { name: 'Please confirm your email address first' }).waitFor();
    await seen('An email that is not verified');
  });

  test('max is blocked; then everything is seen, also after a reload', async () => {
    await logInAsOtherUser();
    await choose(page, 'max');
    await page.getByRole('heading', { name: 'Your account is blocked' }).waitFor();
    await seen('A user who is blocked');
    await page.getByText('You have seen everything.').waitFor();
    await page.goto(demo.front);
    await page.getByText('You have seen everything.').waitFor();
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
    await page.getByRole('heading', { name: 'You are logged in' }).waitFor();
  });

  test('the address bar keeps nothing of the login, and the page can be reloaded', async () => {
    await signInAs(page, 'ann');
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
    expect(page.url()).toBe(`${demo.front}/connect/cognito/redirect`);

    await page.reload();
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
  });

  test('the URL with the one-time code, opened again, keeps the user logged in', async () => {
    const arrival = page.waitForRequest((request) =>
      request.url().startsWith(`${demo.front}/connect/cognito/redirect?`),
    );
    await signInAs(page, 'ann');
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();

    await page.goto((await arrival).url());
    await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
  });

  test('a logout ends the session of the front-end and of the user pool', async () => {
    await signInAs(page, 'ann');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${demo.front}/`);

    await logIn(page);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  test('a user with an unverified email sees why, and can log in as another user', async () => {
    await signInAs(page, 'ben');
    await page.getByRole('heading', { name: 'Please confirm your email address first' }).waitFor();
    await page.getByText('email_not_verified').waitFor();

    await page.getByRole('link', { name: 'Log in as another user' }).click();
    await choose(page, 'nia');
    await page.getByText('nia@example.com', { exact: true }).waitFor();
  });

  test('a user who cancels sees a friendly message', async () => {
    await logIn(page);
    await page.getByRole('button', { name: 'Cancel' }).click();

    await page.getByRole('heading', { name: 'You cancelled the login' }).waitFor();
    await page.getByText('access_denied').waitFor();
  });

  test('HTML in the URL is shown as text', async () => {
    const html = '<img src=x onerror="document.title=1">';
    const query = new URLSearchParams({ error: html, error_description: html });
    await page.goto(`${demo.front}/connect/cognito/redirect?${query.toString()}`);

    await page.getByRole('heading', { name: 'The login failed' }).waitFor();
    expect(await page.getByRole('alert').innerText()).toContain(html);
    expect(await page.locator('main img').count()).toBe(0);
  });
});

describe('several tabs', () => {
  beforeEach(startBrowser);

  afterEach(stopBrowser);

  /** Opens a tab and starts a login, up to the sign-in page of the pool. */
  async function startLogin(): Promise<Page> {
    const tab = await openTab();
    await logIn(tab);
    await tab.getByRole('heading', { name: 'Sign in' }).waitFor();
    return tab;
  }

  const welcome = (tab: Page, email: string) => tab.getByText(email, { exact: true }).waitFor();

  /** The status of the API for the JWT of a tab. */
  async function me(tab: Page): Promise<number> {
    const answer = meIn(tab);
    await tab.reload();
    return (await answer).status();
  }

  /** The cookies of pending logins, each with its signature. */
  const pending = async () =>
    (await context.cookies(demo.strapi)).filter(({ name }) => name.includes('cognito-login'));

  describe('two tabs log in at the same time', () => {
    test.each<['first' | 'last', 0 | 1, 0 | 1]>([
      ['first', 0, 1],
      ['last', 1, 0],
    ])('both succeed if the one that started first ends %s', async (_, one, other) => {
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

    test('both succeed if both return at the same moment', async () => {
      const tabs = [await startLogin(), await startLogin()];
      await Promise.all(tabs.map((tab) => choose(tab, 'nia')));
      await Promise.all(tabs.map((tab) => welcome(tab, 'nia@example.com')));
      for (const tab of tabs) expect(await me(tab)).toBe(200);
      expect(await pending()).toEqual([]);
    });
  });

  test('after a logout, the pool asks the user to sign in again', async () => {
    const tab = await startLogin();
    await choose(tab, 'ann');
    await welcome(tab, 'ann@example.com');

    // Deleting the JWT does not end the session at the pool.
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

test('the demo stops at Ctrl-C without an error', async () => {
  expect(await demo.stop()).toBe(0);
});
