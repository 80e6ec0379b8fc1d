/** @needs browser */
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../demo/chromium';
import { type Site, startSite } from '../support/site';
import { type InstalledExample, installExample } from './installed';
import { type StaticServer, serveFolder } from './static-server';

let site: Site;
let example: InstalledExample;
let server: StaticServer;
let chromium: Browser;

beforeAll(async () => {
  [site, chromium, example] = await Promise.all([
    startSite(),
    startChromium(),
    installExample('browser'),
  ]);
  server = await serveFolder(example.dir, `${site.strapi.url}/api`);
  await site.strapi.setGrant({ callback: `${server.origin}/` });
  site.pool.client.logoutUrls.push(server.origin);
}, 120_000);

afterAll(async () => {
  await chromium.close();
  server.stop();
  await Promise.all([site.stop(), example.remove()]);
});

async function withPage(work: (page: Page) => Promise<void>): Promise<void> {
  const context = await chromium.newContext();
  try {
    const page = await context.newPage();
    await page.goto(server.origin);
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
    expect(page.url()).toBe(`${server.origin}/`);
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
    expect(page.url()).toBe(`${server.origin}/`);
  }));
