import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { strapiMajor } from '../support/strapi';
import type { AdminSite } from './admin-site';

const root = resolve(__dirname, '..', '..');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** The path of the page. */
export const pagePath = '/admin/settings/users-permissions/aws-cognito';

/** The tabs, by their names in the URL. */
export const tabs = ['connection', 'checks', 'accounts', 'users'] as const;

type Tab = (typeof tabs)[number];

/** The role of a question that has to be answered. */
export const questionRole = strapiMajor === 5 ? 'alertdialog' : 'dialog';

/** A browser in which an administrator is signed in to the admin panel. */
export class AdminBrowser {
  /** The errors that scripts of the page have thrown. */
  readonly errors: Error[] = [];

  private constructor(
    readonly site: AdminSite,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('pageerror', (error) => this.errors.push(error));
  }

  /** Signs in with the form. */
  static async signIn(
    browser: Browser,
    site: AdminSite,
    { email, password } = site.admin,
  ): Promise<AdminBrowser> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: site.strapi });
    const page = await context.newPage();
    await page.goto(`${site.strapi}/admin/auth/login`);
    await page.getByLabel('Email').fill(email);
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Login' }).click();
    await page.getByRole('link', { name: 'Settings', exact: true }).waitFor();
    return new AdminBrowser(site, context, page);
  }

  /** Loads the plugin's page at a tab, with the whole panel. */
  async load(tab: Tab): Promise<Page> {
    await this.page.goto(`${this.site.strapi}${pagePath}?tab=${tab}`);
    await this.selectedTab.waitFor();
    return this.page;
  }

  /** Opens the plugin's page anew at a tab, in the panel that is loaded. */
  async open(tab: Tab): Promise<Page> {
    // On another page of the panel, nothing is left of an earlier visit.
    await this.navigate('/admin/me');
    await this.page.locator('input[name="username"]').waitFor();
    await this.navigate(`${pagePath}?tab=${tab}`);
    await this.selectedTab.waitFor();
    return this.page;
  }

  private get selectedTab() {
    return this.page.getByRole('tab', { selected: true });
  }

  /** Goes to a path as the browser's Back button does, which the panel's router listens to. */
  private async navigate(to: string): Promise<void> {
    await this.page.evaluate((path) => {
      history.pushState({}, '', path);
      dispatchEvent(new PopStateEvent('popstate', { state: {} }));
    }, to);
  }

  /** Changes the panel's theme or language, as its profile page does. */
  async prefer(key: 'STRAPI_THEME' | 'strapi-admin-language', value: string): Promise<void> {
    await this.page.evaluate(([name, to]) => localStorage.setItem(name!, to!), [key, value]);
    await this.page.reload();
  }

  /** The serious and critical findings of axe-core on the plugin's part of the page. */
  async seriousFindings(): Promise<string[]> {
    // Strapi's hover colours are not tested.
    await this.page.mouse.move(0, 0);
    await this.page.evaluate(axe);
    const violations = await this.page.evaluate(async () => {
      interface Axe {
        run(context: unknown): Promise<{ violations: Violation[] }>;
      }
      interface Violation {
        id: string;
        impact: string;
        nodes: { html: string; failureSummary: string }[];
      }
      const { axe } = globalThis as unknown as { axe: Axe };
      // Strapi's menus are not tested.
      return (await axe.run({ include: ['main'] })).violations;
    });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 300)} ${failureSummary}`),
      );
  }

  /**
   * Takes a picture of the window. With UPDATE_SCREENSHOTS=1, it goes into docs/images, otherwise into a temporary
   * folder.
   */
  async screenshot(name: string, height = 900): Promise<void> {
    const folder = process.env.UPDATE_SCREENSHOTS
      ? join(root, 'docs', 'images')
      : mkdtempSync(join(tmpdir(), 'cognito-screenshots-'));
    mkdirSync(folder, { recursive: true });
    await this.page.setViewportSize({ width: 1280, height });
    await this.page.mouse.move(0, 0);
    // Colours have transitions.
    await this.page.waitForTimeout(500);
    await this.page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
    await this.page.setViewportSize({ width: 1280, height: 900 });
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}
