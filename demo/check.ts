import { Browser, type BrowserResponse } from '../tests/support/browser';
import type { Pool } from '../tests/support/pool';

interface Servers {
  front: string;
  strapi: string;
  pool: Pool;
}

/**
 * Logs in step by step, as a browser does.
 * @returns the user from /api/users/me.
 * @throws Error when a step fails.
 */
export async function checkLogin({ front, strapi, pool }: Servers): Promise<unknown> {
  const browser = new Browser();
  const step = (title: string) => console.error(`  ${title}`);

  step('front-end: the page with the button');
  expectStatus(await browser.get(`${front}/`), 200);

  step('Strapi: redirect to the sign-in page');
  const authorizeUrl = getLocation(await browser.get(`${strapi}/api/connect/cognito`));

  step('user pool: ann signs in');
  const back = await pool.authorize(authorizeUrl, 'ann', { browser });
  expectStart(back, `${strapi}/api/connect/cognito/callback?`);

  step('Strapi: redirect to the front-end with a one-time code');
  const arrival = getLocation(await browser.get(back));
  expectStart(arrival, `${front}/connect/cognito/redirect?`);
  expectStatus(await browser.get(arrival), 200);

  step('Strapi: exchange the one-time code for a JWT');
  const handoff = new URL(`${strapi}/api/auth/cognito/callback`);
  handoff.search = new URL(arrival).search;
  const { jwt } = expectStatus(await browser.get(handoff.href), 200).json<{ jwt: string }>();

  step('Strapi: read the notes and the user');
  const headers = { authorization: `Bearer ${jwt}` };
  expectStatus(await browser.get(`${strapi}/api/notes`, { headers }), 200);
  return expectStatus(await browser.get(`${strapi}/api/users/me`, { headers }), 200).json();
}

function expectStatus(response: BrowserResponse, status: number): BrowserResponse {
  if (response.status === status) return response;
  throw new Error(`expected ${status}, got ${response.status}: ${response.body}`);
}

function getLocation(response: BrowserResponse): string {
  if (response.location) return response.location;
  throw new Error(`expected a redirect, got ${response.status}: ${response.body}`);
}

function expectStart(url: string, start: string): void {
  if (!url.startsWith(start)) throw new Error(`expected a redirect to ${start}…, got ${url}`);
}
