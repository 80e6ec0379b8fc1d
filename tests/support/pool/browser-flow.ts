import { Browser, type BrowserResponse } from '../browser';

/** How a user behaves at the Hosted UI. */
export interface BrowserFlowOptions {
  /** The browser to do it with, whose hosted session is used and kept. Default: a new one. */
  browser?: Browser;
  /** Presses Cancel instead of signing in. */
  cancel?: boolean;
}

function next(response: BrowserResponse, what: string): string {
  if (response.location === undefined) {
    throw new Error(`${what} answered ${response.status} without a redirect: ${response.body}`);
  }
  return response.location;
}

/**
 * Does at the Hosted UI what a user with a browser does: opens the authorize URL and signs in if asked to.
 * @returns where the browser is sent at last: the redirect URI with `code` or `error`, or the pool's `/error` page.
 * @throws Error when the pool answers without a redirect.
 */
export async function runBrowserFlow(
  url: string,
  name: string,
  { browser = new Browser(), cancel = false }: BrowserFlowOptions = {},
): Promise<string> {
  const location = next(await browser.get(url), 'The authorization endpoint');
  const { origin, pathname } = new URL(location);
  if (origin !== new URL(url).origin || pathname !== '/login') {
    return location;
  }
  const choice: Record<string, string> = cancel ? { cancel: 'true' } : { user: name };
  return next(await browser.post(location, choice), 'The sign-in page');
}
