/** @needs browser */
import type { Browser as Chromium, BrowserContext } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { Browser } from '../support/browser';
import { type HttpsFront, startHttpsFront } from '../support/https-front';
import { type LoopbackServer, listen } from '../support/loopback-http';
import { type Site, redirectParameters, startSite } from '../support/site';

// An attacker begins a login as himself, plants its cookie in the victim's browser from a sibling host
// of Strapi, and sends the victim to its end: the victim would be logged in as the attacker.

const STRAPI = 'cms.site.localhost';
const SIBLING = 'evil.site.localhost';

let front: HttpsFront;
let frontEnd: LoopbackServer;
let site: Site;
let chromium: Chromium;
let victim: BrowserContext;

beforeAll(async () => {
  front = await startHttpsFront();
  [site, chromium] = await Promise.all([startSite({ url: front.origin(STRAPI) }), startChromium()]);
  front.proxy(STRAPI, site.strapi.url);
  frontEnd = await listen((_, response) => response.end());
  await site.strapi.setGrant({ callback: frontEnd.origin });
}, 120_000);

beforeEach(async () => {
  victim = await chromium.newContext({ ignoreHTTPSErrors: true });
});

afterEach(() => victim.close());

/** A login that the attacker has begun and signed in at: his cookies, and where it ends. */
async function attackersLogin(): Promise<{ pairs: string[]; back: string }> {
  const { headers, location = '' } = await new Browser().get(site.connectUrl);
  const lines = headers['set-cookie'] ?? [];
  const pairs = lines.map((line) => line.split(';', 1)[0] ?? '');
  const back = await site.pool.authorize(location, 'ann');
  return { pairs, back };
}

/** What Strapi makes of the login in a request with this `Cookie` header, one byte a character. */
async function endWith(cookie: string, back: string): Promise<string> {
  const inside = back.replace(front.origin(STRAPI), site.strapi.url);
  const parameters = redirectParameters(await new Browser().get(inside, { headers: { cookie } }));
  return parameters.get('error') ?? [...parameters.keys()].join(' ');
}

/** Where the victim's browser ends that is led from the sibling host to the end of the login. */
async function lead(setCookies: string[], back: string): Promise<URLSearchParams> {
  front.answer(SIBLING, (_, response) => {
    response.setHeader('set-cookie', setCookies);
    response.end();
  });
  const page = await victim.newPage();
  await page.goto(front.origin(SIBLING));
  await page.goto(back);
  return new URL(page.url()).searchParams;
}

const planted = (prefix: string, pairs: string[]) =>
  pairs.map((pair) => `${prefix}${pair}; Domain=site.localhost; Path=/; Secure`);

test('the attacker’s own browser completes the login, which is valid', async () => {
  const { pairs, back } = await attackersLogin();
  expect(pairs[0]).toMatch(/^__Host-cognito-login\./);
  expect(await endWith(pairs.join('; '), back)).toBe('access_token');
});

describe('in Chromium', () => {
  test('a cookie whose name begins with byte 0xA0, set by a sibling host, does not count', async () => {
    const { pairs, back } = await attackersLogin();
    const parameters = await lead(planted('\u00a0', pairs), back);
    // The browser does send it.
    expect(front.cookiesSentTo(STRAPI).at(-1)).toContain(`\u00a0${pairs[0] ?? ''}`);
    expect(parameters.get('error')).toBe('invalid_request');
    expect(parameters.has('access_token')).toBe(false);
  });

  test.each([
    ['the very name', ''],
    ['a tab before it', '\t'],
    ['no name, and ours in the value', '='],
    ['capitals', '__HOST-'],
    ['the plain name', 'plain'],
  ])('nor does one with %s', async (_, how) => {
    const { pairs, back } = await attackersLogin();
    const bare = pairs.map((pair) => pair.replace('__Host-', ''));
    const lines =
      how === 'plain'
        ? planted('', bare)
        : how === '__HOST-'
          ? planted(how, bare)
          : planted(how, pairs);
    expect((await lead(lines, back)).get('error')).toBe('invalid_request');
  });

  test('a login that the victim starts still works', async () => {
    const { pairs } = await attackersLogin();
    const { location = '' } = await new Browser().get(site.connectUrl);
    await lead(planted('\u00a0', pairs), location);
    const page = await victim.newPage();
    const begun = page.waitForURL(`${site.pool.origin}/login**`);
    await page.goto(`${front.origin(STRAPI)}/api/connect/cognito`);
    await begun;
    await page.getByRole('button', { name: /^nia / }).click();
    await page.waitForURL(`${frontEnd.origin}/**`);
    expect(new URL(page.url()).searchParams.has('access_token')).toBe(true);
  });
});

describe('a name is compared byte for byte', () => {
  test.each(
    ['\u00a0', '\u00a0 ', ' \u00a0', '\u00ad', '\u00ff', '\u0085', '"', '=', '$', '.'].map(
      (text) => [JSON.stringify(text), text] as const,
    ),
  )('%s before it makes another one of it', async (_, text) => {
    const { pairs, back } = await attackersLogin();
    const cookie = ['other=1', ...pairs.map((pair) => text + pair)].join('; ');
    expect(await endWith(cookie, back)).toBe('invalid_request');
  });

  test.each([
    ['nothing', ';'],
    ['a space', '; '],
    ['spaces and tabs', '; \t '],
  ])('%s between cookies is not part of the name', async (_, separator) => {
    const { pairs, back } = await attackersLogin();
    expect(await endWith(['other=1', ...pairs, 'x=y'].join(separator), back)).toBe('access_token');
  });

  test('capitals, a space after it or an encoded byte make it another name', async () => {
    const change: ((pair: string) => string)[] = [
      (pair) => pair.replace('__Host-', '__host-'),
      (pair) => pair.replace('=', ' ='),
      (pair) => pair.replace('__Host-', '__Hos%74-'),
    ];
    for (const each of change) {
      const { pairs, back } = await attackersLogin();
      expect(await endWith(pairs.map(each).join('; '), back)).toBe('invalid_request');
    }
  });
});

test('a name that is sent twice is ignored, because a browser has one at most', async () => {
  for (const both of [
    (good: string, evil: string) => [good, evil],
    (good: string, evil: string) => [evil, good],
    (good: string) => [good, good],
  ]) {
    const { pairs, back } = await attackersLogin();
    const cookie = pairs.flatMap((pair) => both(pair, pair.replace(/=.*/, '=evil'))).join('; ');
    expect(await endWith(cookie, back)).toBe('invalid_request');
  }
});

test('many cookies before it do not hide it', async () => {
  const { pairs, back } = await attackersLogin();
  const others = Array.from({ length: 100 }, (_, n) => `__Host-cognito-login.${String(n)}=x`);
  expect(await endWith([...others, ...pairs].join('; '), back)).toBe('access_token');
});
