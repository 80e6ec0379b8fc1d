/** @needs browser */
import type { Browser as Chromium, BrowserContext } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { Browser } from '../support/browser';
import { expectRefusal } from '../support/assertions';
import {
  type Exchanged,
  FRONT_END,
  type Site,
  redirectParameters,
  startSite,
} from '../support/site';

// A page that an attacker shows begins logins in the victim's browser, each at a front-end URL as long
// as it may be: all their cookies together once were too much for Strapi, which answered 431 for a day.

let site: Site;
let chromium: Chromium;

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite(), startChromium()]);
}, 120_000);

afterAll(() => Promise.all([site.stop(), chromium.close()]));

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
  'five pending logins at front-end URLs of %d characters leave Strapi answering, in Chromium',
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
    expect(response.headers['set-cookie'] ?? []).toEqual([]);
    const body = response.json<Exchanged>();
    expectRefusal({ status: response.status, body }, 'invalid_request');
  });

  test('that is longer once a browser has encoded it is refused by that length', async () => {
    const url = `${FRONT_END}?x=${'ü'.repeat(400)}`;
    const response = await new Browser().get(connectTo(url));
    expectRefusal({ status: response.status, body: response.json<Exchanged>() }, 'invalid_request');
  });

  test('that is too long in the settings is logged, and no login starts', async () => {
    await site.strapi.setGrant({ callback: frontEndOf(1025) });
    try {
      const response = await new Browser().get(site.connectUrl);
      expectRefusal(
        { status: response.status, body: response.json<Exchanged>() },
        'not_configured',
      );
    } finally {
      await site.strapi.setGrant({ callback: FRONT_END });
    }
    expect(redirectParameters(await new Browser().get(site.connectUrl)).has('state')).toBe(true);
  });
});
