/** @needs browser */
import type { Browser, Route } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { strapiMajor } from '../support/strapi';
import { AdminBrowser, pagePath } from './admin-browser';
import { addAdministrator, startAdminSite, type AdminSite } from './admin-site';

let site: AdminSite;
let browser: Browser;
let open: AdminBrowser[];

beforeAll(async () => {
  [browser, site] = await Promise.all([startChromium(), startAdminSite()]);
}, 180_000);

beforeEach(() => {
  open = [];
});

afterEach(async () => {
  for (const each of open) {
    expect(each.errors).toEqual([]);
    await each.close();
  }
});

async function signIn(account?: { email: string; password: string }): Promise<AdminBrowser> {
  const signedIn = await AdminBrowser.signIn(browser, site, account);
  open.push(signedIn);
  return signedIn;
}

/** The status of the admin API for the administrator of a browser. */
function getStatus({ page }: AdminBrowser, method: string, path: string): Promise<number> {
  return page.evaluate(
    async ([method_, path_]) => {
      // Strapi 5 keeps it in a cookie.
      const inCookie = /(?:^|; )jwtToken=([^;]*)/.exec(document.cookie)?.[1];
      const token =
        inCookie ?? (JSON.parse(sessionStorage.getItem('jwtToken') ?? 'null') as string);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const body = method_ === 'PUT' ? '{}' : null;
      return (await fetch(path_!, { method: method_!, headers, body })).status;
    },
    [method, path],
  );
}

describe('rights', () => {
  test('an admin without the permissions sees no link and no page, and is rejected by the API', async () => {
    const editor = await signIn(await addAdministrator(site, 'editor', []));
    const { page } = editor;
    await page.goto(`${site.strapi}/admin/settings/application-infos`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.getByRole('link', { name: 'AWS Cognito' }).count()).toBe(0);

    await page.goto(site.strapi + pagePath);
    // Strapi 4 redirects to its first page.
    if (strapiMajor === 5) await page.getByText(/have the permissions to access/).waitFor();
    else await page.waitForURL((url) => !url.pathname.includes('aws-cognito'));
    const calls = ['/settings', '/diagnostics', '/diagnostics/clock', '/identities', '/logins'];
    for (const path of calls) expect(await getStatus(editor, 'GET', `/cognito${path}`)).toBe(403);
    expect(await getStatus(editor, 'PUT', '/cognito/settings')).toBe(403);
    expect(await getStatus(editor, 'DELETE', '/cognito/issuer')).toBe(403);
    expect(await getStatus(editor, 'DELETE', '/cognito/identities/1')).toBe(403);
  });

  test('a reader of the settings sees them, but cannot change them or see users', async () => {
    const reader = await signIn(
      await addAdministrator(site, 'reader', ['plugin::cognito.settings.read']),
    );
    const page = await reader.open('accounts');
    await page.getByText('You can see these settings, but not change them').waitFor();
    expect(await page.getByRole('tab').allInnerTexts()).toHaveLength(3);
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /^(Add|Remove|Move)/ }).count()).toBe(0);
    for (const field of await page.getByRole('tabpanel').getByRole('textbox').all()) {
      expect(await field.isDisabled()).toBe(true);
    }
    for (const toggle of await page.getByRole('tabpanel').getByRole('checkbox').all()) {
      expect(await toggle.isDisabled()).toBe(true);
    }
    expect(await getStatus(reader, 'GET', '/cognito/settings')).toBe(200);
    expect(await getStatus(reader, 'PUT', '/cognito/settings')).toBe(403);
    expect(await getStatus(reader, 'GET', '/cognito/identities')).toBe(403);
  });

  test('an editor of the settings cannot change roles or the connection without their permissions', async () => {
    const editor = await signIn(
      await addAdministrator(site, 'settings-editor', [
        'plugin::cognito.settings.read',
        'plugin::cognito.settings.update',
      ]),
    );
    const page = await editor.open('accounts');
    await page.getByText('To change this table, your role also needs the permission').waitFor();
    const roles = page.getByRole('group', { name: 'Group → role' });
    expect(await roles.getByRole('button').count()).toBe(0);
    const groups = page.getByRole('group', { name: 'Required groups' });
    expect(await groups.getByRole('button', { name: 'Add a group' }).count()).toBe(1);

    await editor.open('connection');
    await page.getByText('your role needs the permission to edit the providers').waitFor();
    for (const field of await page.getByRole('tabpanel').getByRole('textbox').all()) {
      expect(await field.isDisabled()).toBe(true);
    }
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await getStatus(editor, 'PUT', '/cognito/connection')).toBe(403);
  });

  test('an editor of the providers can set up the connection', async () => {
    const editor = await signIn(
      await addAdministrator(site, 'providers-editor', [
        'plugin::cognito.settings.read',
        'plugin::users-permissions.providers.update',
      ]),
    );
    const page = await editor.open('connection');
    await page.getByLabel('Client ID').fill('typed');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The connection is saved').waitFor();
    await site.api.saveProvider('cognito', { key: '' });
  });

  test('an admin who may only read identities only sees that tab, without buttons to unlink', async () => {
    const helper = await signIn(
      await addAdministrator(site, 'helper', ['plugin::cognito.identities.read']),
    );
    const page = await helper.open('users');
    expect(await page.getByRole('tab').allInnerTexts()).toHaveLength(1);
    await page.getByText('No user has a Cognito account at the moment.').waitFor();
    expect(await page.getByRole('button', { name: /^Unlink/ }).count()).toBe(0);
  });
});

describe('a slow and failing Strapi', () => {
  let admin: AdminBrowser;

  /** Holds a call until the test decides about its response. */
  function hold(url: string, method = 'GET'): Promise<Route> {
    return new Promise((resolve) => {
      let isHeld = false;
      void admin.page.route(url, (route) => {
        if (isHeld || route.request().method() !== method) return route.fallback();
        isHeld = true;
        resolve(route);
      });
    });
  }

  beforeAll(async () => {
    admin = await AdminBrowser.signIn(browser, site);
  });

  afterEach(() => {
    expect(admin.errors).toEqual([]);
  });

  const broken = {
    status: 500,
    json: { error: { status: 500, message: 'Internal Server Error' } },
  };

  test('settings that do not load: progress, then the error, then another try', async () => {
    const held = hold('**/cognito/settings');
    const page = await admin.load('connection');
    const first = await held;
    await page.getByText('Loading…').waitFor({ state: 'attached' });
    await page.getByText('Strapi is taking longer than usual').waitFor();
    await first.fulfill(broken);
    await page.getByText('The settings could not be loaded').waitFor();
    await page.getByText('Strapi responded with an error (500).').waitFor();

    const again = hold('**/cognito/settings');
    await page.getByRole('button', { name: 'Try again' }).click();
    await (await again).abort();
    await page.getByText('Strapi did not respond.').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'URLs for Cognito' }).waitFor();
    expect(await page.getByText('could not be loaded').count()).toBe(0);
  });

  test('the input survives a failed save, a slow save, another tab and new settings', async () => {
    const page = await admin.open('accounts');
    const groups = page.getByRole('group', { name: 'Required groups' });
    const first = groups.getByRole('textbox', { name: 'Required group 1' });
    await groups.getByRole('button', { name: 'Add a group' }).click();
    await first.fill('members');

    // A failed save.
    let held = hold('**/cognito/settings', 'PUT');
    await page.getByRole('button', { name: 'Save' }).click();
    await (await held).fulfill(broken);
    await page.getByText('Nothing was saved').first().waitFor();
    expect(await first.inputValue()).toBe('members');

    // Another tab, and settings of another admin, which are loaded when the network is back.
    await page.getByRole('tab', { name: 'Connection', exact: true }).click();
    await site.api.call('PUT', '/cognito/settings', { syncOnLogin: false });
    const refetch = page.waitForResponse('**/cognito/settings');
    await page.evaluate(() => {
      window.dispatchEvent(new Event('offline'));
      window.dispatchEvent(new Event('online'));
    });
    await refetch;
    await page.getByRole('tab', { name: 'Accounts' }).click();
    expect(await first.inputValue()).toBe('members');
    const sync = page.getByRole('group', { name: 'Update at each login' }).getByRole('checkbox');
    expect(await sync.isChecked()).toBe(false);

    // A slow save, with more input in the meantime.
    held = hold('**/cognito/settings', 'PUT');
    await page.getByRole('button', { name: 'Save' }).click();
    const slow = await held;
    expect(slow.request().postDataJSON()).toEqual({ requiredGroups: ['members'] });
    await first.fill('members and friends');
    await slow.continue();
    await page.getByText('Saved', { exact: true }).first().waitFor();
    expect(await first.inputValue()).toBe('members and friends');
    expect(await page.getByRole('button', { name: 'Save' }).isEnabled()).toBe(true);
    await site.api.call('PUT', '/cognito/settings', { syncOnLogin: null, requiredGroups: null });
  });

  test('the input of the connection survives a failed save, and one without a response', async () => {
    const page = await admin.load('connection');
    const clientId = page.getByLabel('Client ID');
    await clientId.fill('typed');
    await page.getByLabel('Client Secret').fill('typed too');
    for (const fail of ['fulfill', 'abort'] as const) {
      const held = hold('**/cognito/connection', 'PUT');
      await page.getByRole('button', { name: 'Save' }).click();
      const call = await held;
      await (fail === 'fulfill' ? call.fulfill(broken) : call.abort());
      await page
        .getByText(fail === 'fulfill' ? '(500)' : 'did not respond')
        .first()
        .waitFor();
      expect(await clientId.inputValue()).toBe('typed');
    }
    await page.getByRole('tab', { name: 'Accounts' }).click();
    await page.getByRole('tab', { name: 'Connection', exact: true }).click();
    expect(await page.getByLabel('Client Secret').inputValue()).toBe('typed too');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The connection is saved').waitFor();
    expect(await clientId.inputValue()).toBe('typed');
    await site.api.saveProvider('cognito', { key: '', secret: '' });
  });

  test('an error of the server is shown at its field', async () => {
    const page = await admin.open('accounts');
    const roles = page.getByRole('group', { name: 'Group → role' });
    await roles.getByRole('button', { name: 'Add a row' }).click();
    await page.keyboard.type('x'.repeat(3));
    await roles.getByRole('combobox').click();
    await page.getByRole('option', { name: 'Public' }).click();
    const held = hold('**/cognito/settings', 'PUT');
    await page.getByRole('button', { name: 'Save' }).click();
    // The role was deleted while the page was open.
    await (await held).continue({ postData: '{"roles":[{"group":"xxx","role":"gone"}]}' });
    await roles.getByText(/gone/).waitFor();
    expect(await roles.getByRole('textbox').inputValue()).toBe('xxx');
  });

  test('one check without a response can be repeated by itself', async () => {
    const held = hold('**/cognito/diagnostics/clock');
    const page = await admin.load('checks');
    const clock = page.locator('[data-check="clock"]');
    const call = await held;
    await clock.getByText('Checking').waitFor();
    await page.locator('[data-check="handoff"]').getByText('OK', { exact: true }).waitFor();
    await call.abort();
    await clock.getByText('No response').waitFor();
    await clock.getByRole('button', { name: 'Try again: Clock' }).click();
    await clock.getByText('Not checked').waitFor({ state: 'attached' });
  });

  test('a run that is stopped stays stopped, and can start again', async () => {
    const held = hold('**/cognito/diagnostics/server-url');
    const page = await admin.open('checks');
    await held;
    await page.getByRole('button', { name: 'Stop' }).click();
    const first = page.locator('[data-check="server-url"]');
    await first.getByText('Stopped').waitFor();
    await page.getByRole('button', { name: 'Check again' }).click();
    await first.getByText('OK', { exact: true }).waitFor({ state: 'attached' });
  });

  test('a list that does not load can be requested again, and keeps the search', async () => {
    const held = hold('**/cognito/identities?*');
    const page = await admin.open('users');
    await page.getByLabel(/^Search by/).fill('ann');
    await (await held).abort();
    await page.getByText('No user with a Cognito account').waitFor();

    const again = hold('**/cognito/logins?*');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await (await again).fulfill(broken);
    await page.getByText('The logins could not be loaded').waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No logins have been recorded.').waitFor();
    expect(await page.getByLabel(/^Search by/).inputValue()).toBe('ann');
  });

  test('the page in another language, with the results of the checks', async () => {
    await admin.prefer('strapi-admin-language', 'de');
    const page = await admin.load('checks');
    const provider = page.locator('[data-check="provider"]');
    await provider.getByText('Problem', { exact: true }).waitFor();
    expect(await provider.innerText()).toContain('ausgeschaltet');
    await admin.prefer('strapi-admin-language', 'en');
  });
});
