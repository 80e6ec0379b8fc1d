/**
 * Screenshots of every tab in every state: `npm run screenshots`. `SCREENSHOTS` is the folder, and
 * `ONLY` a regular expression for the names of those to take, such as `healthy-.*-de-dark-768`.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { AdminBrowser, tabs } from './admin-browser';
import { startAdminSite, type AdminSite } from './admin-site';

const folder = resolve(process.env.SCREENSHOTS ?? join('.cache', 'screenshots'));
const WIDTHS = [1280, 768, 390];
const only = new RegExp(process.env.ONLY ?? '');

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
  mkdirSync(folder, { recursive: true });
}, 180_000);

type Tab = (typeof tabs)[number];

async function shoot(
  admin: AdminBrowser,
  state: string,
  languages = ['en', 'de', 'ja'],
  themes = ['light', 'dark'],
  shown: readonly Tab[] = tabs,
): Promise<void> {
  for (const language of languages) {
    for (const theme of themes) {
      await admin.prefer('strapi-admin-language', language);
      await admin.prefer('STRAPI_THEME', theme);
      for (const tab of shown) {
        for (const width of WIDTHS) {
          const name = `${state}-${tab}-${language}-${theme}-${width}`;
          if (!only.test(name)) continue;
          await admin.page.setViewportSize({ width, height: 1000 });
          const page = await admin.open(tab);
          await page.waitForLoadState('networkidle');
          if (tab === 'checks') {
            await page.locator('[data-check-run="ended"]').waitFor({ state: 'attached' });
          }
          // The panel scrolls within itself, so the window gets the height of the content.
          const height = await page.evaluate(() => {
            const { scrollHeight } = document.querySelector('main')!;
            return Math.min(3000, Math.max(900, scrollHeight + 40));
          });
          await page.setViewportSize({ width, height });
          await page.mouse.move(0, 0);
          const path = join(folder, `${name}.png`);
          await page.screenshot({ path, animations: 'disabled' });
        }
      }
      await admin.page.setViewportSize({ width: 1280, height: 900 });
    }
  }
  await admin.prefer('strapi-admin-language', 'en');
  await admin.prefer('STRAPI_THEME', 'light');
}

const fields = (site: AdminSite) => ({
  enabled: true,
  clientId: site.pool.client.clientId,
  clientSecret: site.pool.client.clientSecret,
  domain: site.pool.origin,
  callback: `${site.front}/connect/cognito/redirect`,
});

async function logIn(site: AdminSite, name: string): Promise<void> {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(site.front);
  await tab.getByRole('link', { name: 'Log in', exact: true }).click();
  const person = new RegExp(name === '' ? '^Cancel' : `^${name} `);
  await tab.getByRole('button', { name: person }).click();
  await tab.waitForURL(`${site.front}/**`);
  await tab.waitForLoadState('networkidle');
  await context.close();
}

test('fresh, healthy and broken', async () => {
  const site = await startAdminSite();
  const admin = await AdminBrowser.signIn(browser, site);
  await shoot(admin, 'fresh');
  await site.api.call('PUT', '/cognito/connection', fields(site));
  for (const name of ['ann', 'nia', 'ben', '', 'max']) await logIn(site, name);
  await site.api.call('PUT', '/cognito/settings', {
    roles: [
      { group: 'admins', role: 'editor' },
      { group: 'eu-west-1_AbCdEfGhI_Google', role: 'authenticated' },
    ],
    requiredGroups: [],
  });
  await shoot(admin, 'healthy');
  await site.api.saveProvider('cognito', { secret: 'wrong', subdomain: 'no domain/at all' });
  await shoot(admin, 'broken', ['en', 'de', 'ja'], ['light', 'dark'], ['connection']);
  await site.api.saveProvider('cognito', { subdomain: site.pool.origin });
  await shoot(admin, 'broken', ['en', 'de', 'ja'], ['light', 'dark'], ['checks']);
}, 1_200_000);

test('locked', async () => {
  const site = await startAdminSite({
    connection: {
      domain: 'my-app.auth.eu-west-1.amazoncognito.com',
      clientId: '1example23456789',
      clientSecret: 'not to be seen',
      userPoolId: 'eu-west-1_AbCdEfGhI',
    },
    users: { linking: 'never', roles: { admins: 'editor' } },
  });
  const admin = await AdminBrowser.signIn(browser, site);
  await shoot(admin, 'locked', ['en', 'de', 'ja'], ['light', 'dark'], ['connection', 'accounts']);
}, 600_000);
