import type { Page } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { type Site, startSite } from '../support/site';
import { installExample } from './installed';
import { serveFolder } from './static-server';

/** An example as the front-end of its own site. */
export interface RunningExample {
  readonly site: Site;
  readonly origin: string;
  /** Opens the example in a new browser context. */
  withPage(work: (page: Page) => Promise<void>): Promise<void>;
}

/**
 * Installs an example, serves it, and starts a site that redirects its logins there.
 *
 * @param prepare is called with the folder before it is served.
 */
export async function startExample(
  name: string,
  prepare?: (dir: string) => Promise<void>,
): Promise<RunningExample> {
  const [site, chromium, dir] = await Promise.all([
    startSite(),
    startChromium(),
    installExample(name),
  ]);
  await prepare?.(dir);
  const origin = await serveFolder(dir, `${site.strapi.url}/api`);
  await site.strapi.setGrant({ callback: `${origin}/` });
  site.pool.client.logoutUrls.push(origin);
  return {
    site,
    origin,
    async withPage(work) {
      const context = await chromium.newContext();
      try {
        const page = await context.newPage();
        await page.goto(origin);
        await work(page);
      } finally {
        await context.close();
      }
    },
  };
}
