/** @needs browser */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { listenUntilEnd } from '../support/listening';
import { repositoryRoot } from '../support/strapi';
import { type Site, startSite } from '../support/site';

let site: Site;
let chromium: Browser;
let origin: string;

const FILES: Record<string, [path: string, type: string]> = {
  '/': ['examples/browser/index.html', 'text/html'],
  '/app.mjs': ['examples/browser/app.mjs', 'text/javascript'],
  '/client.js': ['dist/client/esm/index.js', 'text/javascript'],
};

/** What a bundler does: finds the client by its name, and the API by the site's settings. */
function bundled(text: string): string {
  const importMap = `<script type="importmap">
    { "imports": { "strapi-plugin-cognito/client": "/client.js" } }
  </script>
  <meta name="api" content="${site.strapi.url}/api" />`;
  return text.replace('<title>', `${importMap}<title>`);
}

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite(), startChromium()]);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const [path, type] = FILES[pathname] ?? FILES['/']!;
    void readFile(join(repositoryRoot, path), 'utf8').then((text) =>
      response.setHeader('content-type', type).end(bundled(text)),
    );
  });
  const { port } = await listenUntilEnd(server, 'localhost');
  origin = `http://localhost:${port}`;
  await site.strapi.setGrant({ callback: `${origin}/` });
  site.pool.client.logoutUrls.push(origin);
});

async function withPage(work: (page: Page) => Promise<void>): Promise<void> {
  const context = await chromium.newContext();
  try {
    const page = await context.newPage();
    await page.goto(origin);
    await work(page);
  } finally {
    await context.close();
  }
}

test('logs in, keeps no code in the address bar, and logs out', () =>
  withPage(async (page) => {
    await page.click('#login');
    await page.getByRole('button', { name: /ann/i }).first().click();
    await page.waitForFunction(() => document.body.textContent.includes('You are ann.'));
    expect(page.url()).toBe(`${origin}/`);
    await page.reload();
    await page.waitForFunction(() => document.body.textContent.includes('You are ann.'));
    await page.click('#logout');
    await page.waitForFunction(() => document.body.textContent.includes('You are not logged in.'));
    await page.click('#login');
    await page.getByRole('button', { name: /ann/i }).first().waitFor();
  }));

test('says what went wrong', () =>
  withPage(async (page) => {
    await page.click('#login');
    await page.getByRole('button', { name: /ben/i }).first().click();
    await page.waitForFunction(() => document.body.textContent.includes('(email_not_verified)'));
    expect(page.url()).toBe(`${origin}/`);
  }));
