/** @needs browser git */
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { type Site, startSite } from '../support/site';
import { installExample } from './installed';
import { serveFolder } from './static-server';

let site: Site;
let dir: string;
let origin: string;
let chromium: Browser;

beforeAll(async () => {
  [site, chromium, dir] = await Promise.all([
    startSite(),
    startChromium(),
    installExample('browser'),
  ]);
  origin = await serveFolder(dir, `${site.strapi.url}/api`);
  await site.strapi.setGrant({ callback: `${origin}/` });
  site.pool.client.logoutUrls.push(origin);
}, 120_000);

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

const says = (page: Page, text: string) => page.getByRole('status').getByText(text).waitFor();

test('logs in, keeps no code in the address bar, and logs out', () =>
  withPage(async (page) => {
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: /ann/i }).first().click();
    await says(page, 'You are ann.');
    expect(page.url()).toBe(`${origin}/`);
    await page.reload();
    await says(page, 'You are ann.');
    await page.getByRole('link', { name: 'Log out' }).click();
    await says(page, 'You are not logged in.');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: /ann/i }).first().waitFor();
  }));

test('says what went wrong', () =>
  withPage(async (page) => {
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: /ben/i }).first().click();
    await says(page, '(email_not_verified)');
    expect(page.url()).toBe(`${origin}/`);
  }));
