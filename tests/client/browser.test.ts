/** @needs browser */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type * as Client from '../../client';
import { startChromium } from '../support/chromium';
import { type Site, startSite } from '../support/site';
import { issueJwt, addPoolUser, createUser } from '../support/users';
import { startFrontEnd } from './front-end';

let site: Site;
let front: string;
let chromium: Browser;
let context: BrowserContext;

beforeAll(async () => {
  [site, chromium, front] = await Promise.all([
    startSite(),
    startChromium(),
    startFrontEnd(() => `${site.strapi.url}/api`),
  ]);
  await site.strapi.setGrant({ callback: `${front}/` });
}, 120_000);

beforeEach(async () => {
  context = await chromium.newContext();
});

afterEach(() => context.close());

async function open(at = '/'): Promise<Page> {
  const page = await context.newPage();
  await page.goto(front + at);
  await page.getByRole('status').getByText('no login').waitFor();
  return page;
}

/** Chooses a user at the pool, in a tab on its sign-in page. */
const chooseUser = (page: Page, name: string) =>
  page.getByRole('button', { name: new RegExp(`^${name} `, 'i') }).click();

const expectWelcome = (page: Page, name: string) =>
  page.getByRole('status').getByText(`welcome ${name}@example.com`).waitFor();

/** The new tab that a click opens. */
async function newTab(click: Promise<void>): Promise<Page> {
  const [page] = await Promise.all([context.waitForEvent('page'), click]);
  return page;
}

/** Calls startLogin in a page. */
const start = (page: Page, options: Client.LoginOptions = {}) =>
  page.evaluate((given) => {
    const { client, api } = globalThis as unknown as { client: typeof Client; api: string };
    client.startLogin(api, given);
  }, options);

test('startLogin starts a login that ends in the same tab', async () => {
  const page = await open();
  await start(page);
  await chooseUser(page, 'ann');
  await expectWelcome(page, 'ann');
  expect(page.url()).toBe(`${front}/`);
});

test('a link from loginUrl works in this tab and in a new one', async () => {
  const page = await open();
  const tab = await newTab(page.click('#login', { button: 'middle' }));
  await chooseUser(tab, 'ann');
  await expectWelcome(tab, 'ann');
  await page.reload();
  await page.click('#login');
  await expectWelcome(page, 'ann');
});

test('logins in several tabs all succeed, in any order', async () => {
  const others = [addPoolUser(site), addPoolUser(site)];
  const [one, two, three] = [await open(), await open(), await open()];
  await one.click('#login');
  await start(two);
  await start(three);
  // All tabs share one session at the pool: each user is chosen before a login ends.
  await three.getByRole('button', { name: new RegExp(`^${others[0]!} `) }).waitFor();
  await chooseUser(two, others[0]!);
  await expectWelcome(two, others[0]!);
  await chooseUser(three, others[1]!);
  await expectWelcome(three, others[1]!);
  await chooseUser(one, 'ann');
  await expectWelcome(one, 'ann');
});

test('a cancelled login shows that, and the next one succeeds', async () => {
  const page = await open();
  await page.click('#login');
  await page.getByRole('button', { name: /cancel/i }).click();
  await page.getByRole('status').getByText('access_denied: The login was cancelled').waitFor();
  await page.click('#login');
  await chooseUser(page, 'ann');
  await expectWelcome(page, 'ann');
});

test('a login ends at a hash route, which stays in the address bar', async () => {
  const page = await open();
  await start(page, { callback: `${front}/?theme=dark#/login` });
  await chooseUser(page, 'ann');
  await expectWelcome(page, 'ann');
  expect(page.url()).toBe(`${front}/?theme=dark#/login`);
});

test('the page on which a login has ended has none after a reload', async () => {
  const page = await open();
  await start(page);
  await chooseUser(page, 'ann');
  await expectWelcome(page, 'ann');
  await page.reload();
  await page.getByRole('status').getByText('no login').waitFor();
});

test('a user who is logged in links a Cognito account, and unlinks it', async () => {
  const user = await createUser(site);
  const name = addPoolUser(site);
  const page = await open();
  const jwt = await issueJwt(site, user);
  await page.evaluate((value) => localStorage.setItem('jwt', value), jwt);
  const status = () =>
    page.evaluate((token) => {
      const { client, api } = globalThis as unknown as { client: typeof Client; api: string };
      return client.linkStatus(api, token);
    }, jwt);
  expect(await status()).toEqual({ linked: false, linkedAt: null });
  await start(page, { callback: `${front}/?link=1` });
  await chooseUser(page, name);
  // The same email as before: it is the same user.
  await page.getByRole('status').getByText(`welcome ${user.email}`).waitFor();
  const { user: known } = (await site.loginAs(name)).body;
  expect(known?.id).toBe(user.id);
  const { linked, linkedAt } = await status();
  expect([linked, new Date(linkedAt ?? '').toISOString()]).toEqual([true, linkedAt]);
  await site.strapi.run(
    (strapi, { id, password }) =>
      strapi.plugin('users-permissions').service('user').edit?.(id, { password }),
    { id: user.id, password: 'Password-1' },
  );
  const unlinked = await page.evaluate((token) => {
    const { client, api } = globalThis as unknown as { client: typeof Client; api: string };
    return client.unlink(api, token);
  }, jwt);
  expect(unlinked.id).toBe(user.id);
  expect(await status()).toEqual({ linked: false, linkedAt: null });
  expect((await site.loginAs(name)).body.user?.id).not.toBe(user.id);
});
