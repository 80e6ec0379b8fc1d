import { Browser, type BrowserResponse } from '../browser';

/** What a user does at the Hosted UI. */
export interface BrowserFlowOptions {
  /** The browser, whose hosted session is used and kept. Default: a new one. */
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
 * Opens the authorize URL as a browser does, and signs in at the Hosted UI if asked to.
 * @returns the final URL: the redirect URI with `code` or `error`, or the pool's `/error` page.
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
