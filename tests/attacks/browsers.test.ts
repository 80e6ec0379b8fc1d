/** @needs browser */
import type { Browser as Chromium, BrowserContext, Page } from 'playwright-core';
import { startFrontEnd } from '../client/front-end';
import { expectRefusedHere } from '../support/assertions';
import { Browser } from '../support/browser';
import { startChromium } from '../support/chromium';
import { FRONT_END, type Site, redirectParameters, startSite } from '../support/site';
import { createUser, identityOwners, issueJwt } from '../support/users';

// What a page of an attacker can do in the victim's browser.

let site: Site;
let front: string;
let chromium: Chromium;

beforeAll(async () => {
  [site, chromium, front] = await Promise.all([
    startSite(),
    startChromium(),
    startFrontEnd(() => `${site.strapi.url}/api`),
  ]);
  await site.strapi.setGrant({ jwksurl: site.pool.jwksUrl });
}, 120_000);

const statusOf = (page: Page) => page.getByRole('status').filter({ hasText: /\w/ }).innerText();

// A page that an attacker shows begins logins in the victim's browser, each at a front-end URL as long
// as it may be: all their cookies together once were too much for Strapi, which answered 431 for a day.
describe('many logins', () => {
  /** A front-end URL of this many characters, which cannot be made shorter. */
  function frontEndOf(length: number): string {
    let url = `${FRONT_END}?return=`;
    while (url.length < length) url += Math.random().toString(36).slice(2);
    return url.slice(0, length);
  }

  const connectTo = (frontEnd: string) =>
    `${site.connectUrl}?callback=${encodeURIComponent(frontEnd)}`;

  /** The size of the header that a browser sends to Strapi. */
  async function sizeOf(context: BrowserContext): Promise<number> {
    const cookies = await context.cookies(site.strapi.url);
    return cookies.map(({ name, value }) => `${name}=${value}`).join('; ').length;
  }

  test.each([2000, 1024, 700, 300])(
    'five pending logins at front-end URLs of %d characters leave Strapi reachable, in Chromium',
    async (length) => {
      const context = await chromium.newContext();
      const page = await context.newPage();
      for (let n = 0; n < 5; n += 1) {
        await page.goto(connectTo(frontEndOf(length)));
        expect(await sizeOf(context)).toBeLessThan(4096);
      }
      const answer = await page.goto(`${site.strapi.url}/api/users/me`);
      expect(answer?.status()).toBe(403);
      // And the browser logs in as ever.
      await page.goto(site.connectUrl);
      const end = page.waitForRequest((request) => request.url().startsWith(FRONT_END));
      await page.getByRole('button', { name: /^nia / }).click();
      expect(new URL((await end).url()).searchParams.has('access_token')).toBe(true);
      await context.close();
    },
  );

  test('the cookie is gone from Chromium within an hour', async () => {
    const context = await chromium.newContext();
    const page = await context.newPage();
    await page.goto(site.connectUrl);
    const cookies = await context.cookies(site.strapi.url);
    const ours = cookies.filter(({ name }) => name.includes('cognito-login'));
    expect(ours).toHaveLength(1);
    expect(ours[0]!.expires).toBeLessThanOrEqual(Date.now() / 1000 + 60 * 60);
    await context.close();
  });

  test('too many concurrent logins are cleaned up by the next one', async () => {
    const browser = new Browser();
    const urls = Array.from({ length: 10 }, () => connectTo(frontEndOf(1000)));
    await Promise.all(urls.map((url) => browser.get(url)));
    await browser.get(site.connectUrl);
    const cookies = browser.cookies(site.strapi.url);
    const header = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    expect(header.length).toBeLessThan(4096);
  });

  describe('a front-end URL', () => {
    test('of 1024 characters is accepted', async () => {
      const browser = new Browser();
      const url = frontEndOf(1024);
      const { location = '' } = await browser.get(connectTo(url));
      const end = await browser.get(await site.pool.authorize(location, 'ann'));
      expect(end.location?.startsWith(`${url}&access_token=`)).toBe(true);
    });

    test.each([1025, 3000, 10_000])('of %d characters is refused', async (length) => {
      const browser = new Browser();
      const response = await browser.get(connectTo(frontEndOf(length)));
      expectRefusedHere(response, 'invalid_request');
    });

    test('that is longer once a browser has encoded it is refused by that length', async () => {
      const url = `${FRONT_END}?x=${'ü'.repeat(400)}`;
      const response = await new Browser().get(connectTo(url));
      expectRefusedHere(response, 'invalid_request');
    });

    test('that is too long in the settings is logged, and no login starts', async () => {
      await site.strapi.setGrant({ callback: frontEndOf(1025) });
      try {
        const response = await new Browser().get(site.connectUrl);
        expectRefusedHere(response, 'not_configured');
      } finally {
        await site.strapi.setGrant({ callback: FRONT_END });
      }
      expect(redirectParameters(await new Browser().get(site.connectUrl)).has('state')).toBe(true);
    });
  });
});

// An attacker signs in, stops before their own browser ends the login, and leads the victim to its end at the
// front-end: the victim would go on in the attacker's account, or link it to their own.
describe('a login of the attacker', () => {
  let victim: BrowserContext;

  beforeAll(() => site.strapi.setGrant({ callback: `${front}/` }));

  afterAll(() => site.strapi.setGrant({ callback: FRONT_END }));

  beforeEach(async () => {
    victim = await chromium.newContext();
  });

  afterEach(() => victim.close());

  /** The URL at which a login of the attacker ends. */
  async function attackersEnd(query = '', browser = new Browser()): Promise<string> {
    const response = await browser.get(await site.signIn('nia', browser, query));
    return response.location ?? '';
  }

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
    expect(await follow(await attackersEnd(`?callback=${callback}&state=0-1-2-3`))).toMatch(
      REFUSED,
    );
    expect(await identityOwners(site)).not.toContain(user.id);
  });
});

// An attacker sends a victim to the front-end with an invented error, whose text would look like the site's own.
describe('an error of the attacker', () => {
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
    const said = await statusOf(page);
    expect(said).toMatch(/^[a-z_]+: [A-Z][\w ,]+\./);
    expect(said).not.toMatch(/Call|555/);
    await page.close();
  });
});
