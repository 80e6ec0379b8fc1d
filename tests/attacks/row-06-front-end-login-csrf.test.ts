/** @needs browser */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startFrontEnd } from '../client/front-end';
import { startChromium } from '../support/chromium';
import { Browser as HeadlessBrowser, type BrowserResponse } from '../support/browser';
import { type Site, startSite } from '../support/site';
import { issueJwt, createUser, identityOwners } from '../support/users';

// An attacker signs in as himself, stops before his own browser ends the login, and leads the victim to its end at the
// front-end: the victim would go on in the attacker's account, or link it to their own.

let site: Site;
let front: string;
let chromium: Browser;
let victim: BrowserContext;

beforeAll(async () => {
  [site, chromium, front] = await Promise.all([
    startSite(),
    startChromium(),
    startFrontEnd(() => `${site.strapi.url}/api`),
  ]);
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl, callback: `${front}/` });
}, 120_000);

beforeEach(async () => {
  victim = await chromium.newContext();
});

afterEach(() => victim.close());

/** The URL at which a login of the attacker ends. */
async function attackersEnd(query = '', browser = new HeadlessBrowser()): Promise<string> {
  const response: BrowserResponse = await browser.get(await site.signIn('nia', browser, query));
  return response.location ?? '';
}

const statusOf = (page: Page) => page.getByRole('status').filter({ hasText: /\w/ }).innerText();

/** What the front-end says to the victim who follows a link to it from another site. */
async function follow(url: string): Promise<string> {
  const page = await victim.newPage();
  await page.goto('data:text/html,<a>a site of the attacker</a>');
  await page.evaluate((href) => document.querySelector('a')?.setAttribute('href', href), url);
  await page.click('a');
  return statusOf(page);
}

/** The victim has begun a login in another tab, and is at Cognito. */
async function beginOwnLogin(): Promise<Page> {
  const page = await victim.newPage();
  await page.goto(front);
  await page.click('#login');
  await page.getByRole('button', { name: /^ann /i }).waitFor();
  return page;
}

const REFUSED = /^state_mismatch: This login was not started in this browser/;

test.each<[string, () => Promise<string>]>([
  ['a one-time code', () => attackersEnd()],
  ["a one-time code and the attacker's own state", () => attackersEnd('?state=0-1-2-3')],
  [
    'an id_token',
    () =>
      Promise.resolve(`${front}/?access_token=x&id_token=${site.pool.tokensFor('nia').id_token}`),
  ],
  [
    'a Cognito access token',
    () => Promise.resolve(`${front}/?access_token=${site.pool.tokensFor('nia').access_token}`),
  ],
])('a victim is not logged in with %s of the attacker', async (_, end) => {
  expect(await follow(await end())).toMatch(REFUSED);
});

test('nor while the victim has started a login, which succeeds afterwards', async () => {
  const own = await beginOwnLogin();
  expect(await follow(await attackersEnd())).toMatch(REFUSED);
  expect(await follow(await attackersEnd('?state=0-1-2-3'))).toMatch(REFUSED);
  await own.getByRole('button', { name: /^ann /i }).click();
  expect(await statusOf(own)).toBe('welcome ann@example.com');
});

test('nor with the state of a login that the victim has completed', async () => {
  const own = await beginOwnLogin();
  const arrival = own.waitForRequest((request) =>
    request.url().startsWith(`${front}/?access_token`),
  );
  await own.getByRole('button', { name: /^ann /i }).click();
  expect(await statusOf(own)).toBe('welcome ann@example.com');
  const state = new URL((await arrival).url()).searchParams.get('state') ?? '';
  expect(state).not.toBe('');
  expect(await follow(await attackersEnd(`?state=${state}`))).toMatch(REFUSED);
});

test('an app that receives tokens gets none of a login that the victim did not start', async () => {
  const page = await victim.newPage();
  await page.goto(front);
  await page.evaluate(() => localStorage.setItem('options', '{"acceptTokens":true}'));
  const { id_token } = site.pool.tokensFor('nia');
  const url = `${front}/?access_token=x&id_token=${id_token}&state=0-1-2-3`;
  expect(await follow(url)).toMatch(REFUSED);
});

test("the attacker's account is not linked to a victim who is logged in", async () => {
  const user = await createUser(site);
  const page = await victim.newPage();
  await page.goto(front);
  const jwt = await issueJwt(site, user);
  await page.evaluate((value) => localStorage.setItem('jwt', value), jwt);
  const callback = encodeURIComponent(`${front}/?link=1`);
  expect(await follow(await attackersEnd(`?callback=${callback}`))).toMatch(REFUSED);
  expect(await follow(await attackersEnd(`?callback=${callback}&state=0-1-2-3`))).toMatch(REFUSED);
  expect(await identityOwners(site)).not.toContain(user.id);
});
