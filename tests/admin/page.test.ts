/** @needs browser */
import { readFileSync } from 'node:fs';
import type { Browser, Locator, Page } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { strapiMajor } from '../support/strapi';
import { AdminBrowser, questionRole } from './admin-browser';
import { startAdminSite, type AdminSite } from './admin-site';

let site: AdminSite;
let browser: Browser;
let admin: AdminBrowser;
let page: Page;

beforeAll(async () => {
  [browser, site] = await Promise.all([startChromium(), startAdminSite()]);
  admin = await AdminBrowser.signIn(browser, site);
  page = admin.page;
}, 180_000);

afterEach(() => {
  expect(admin.errors).toEqual([]);
  site.pool.clearChanges();
});

const fields = () => ({
  enabled: true,
  key: site.pool.client.clientId,
  secret: site.pool.client.clientSecret,
  subdomain: site.pool.origin,
  callback: `${site.front}/connect/cognito/redirect`,
});

/** Logs a user in at the demo's front-end, in a new browser context. */
async function logInAtFrontEnd(name: string, until: string): Promise<void> {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(site.front);
  await tab.getByRole('link', { name: 'Log in', exact: true }).click();
  await tab.getByRole('button', { name: new RegExp(`^${name} `) }).click();
  await tab.getByText(until).first().waitFor();
  await context.close();
}

/** Finds a user in the Content Manager. */
async function member(email: string): Promise<{ id: number; role: { type: string } }> {
  const { results } = await site.api.call<{ results: { id: number; role: { type: string } }[] }>(
    'GET',
    `/content-manager/collection-types/plugin::users-permissions.user?populate=role&filters[email][$eq]=${email}`,
  );
  return results[0]!;
}

/** Creates a role of users-permissions with the permissions of the authenticated role. */
async function addRole(name: string): Promise<void> {
  const { roles } = await site.api.call<{ roles: { id: number; type: string }[] }>(
    'GET',
    '/users-permissions/roles',
  );
  const { id } = roles.find(({ type }) => type === 'authenticated')!;
  const { role } = await site.api.call<{ role: { permissions: unknown } }>(
    'GET',
    `/users-permissions/roles/${id}`,
  );
  const made = { name, description: name, permissions: role.permissions };
  await site.api.call('POST', '/users-permissions/roles', made);
}

/** Opens the tab, which runs all checks. Returns the result of one check. */
async function shownBy(check: string): Promise<string> {
  await admin.open('checks');
  await page.locator('[data-check-run="ended"]').waitFor();
  return (await page.locator(`[data-check="${check}"]`).textContent()) ?? '';
}

/** The field that has the focus. */
const focusedName = () => page.evaluate(() => document.activeElement?.getAttribute('name'));

/** Counts an admin's clicks; typing into a field also counts as one. */
function countClicks() {
  let clicks = 0;
  return {
    get clicks() {
      return clicks;
    },
    click: async (target: Locator) => {
      clicks += 1;
      await target.click();
    },
    fill: async (target: Locator, value: string) => {
      clicks += 1;
      await target.fill(value);
    },
  };
}

/** The toggle covers its checkbox. */
const enableToggle = () => page.locator('[data-setting="enabled"] label').last();

describe('a new Strapi', () => {
  test('says that it is not set up and what is missing, without an error', async () => {
    await page.getByRole('link', { name: 'Settings', exact: true }).click();
    await page.getByRole('link', { name: 'AWS Cognito' }).click();
    await page.getByRole('heading', { level: 1, name: 'AWS Cognito' }).waitFor();
    await page.getByText('Not set up yet').waitFor();
    const main = page.getByRole('main');
    expect(await main.getByRole('listitem').allInnerTexts()).toEqual([
      'Host URI (Subdomain) is missing',
      'Client ID is missing',
      'Switch on “Enable”. Until then, users cannot log in with Cognito.',
    ]);
    // The examples of users-permissions do not count as values.
    for (const name of ['domain', 'clientId', 'clientSecret', 'callback', 'userPool']) {
      expect(await main.locator(`[name="${name}"]`).inputValue()).toBe('');
    }
    expect(await main.getByText('my.subdomain.com').count()).toBe(0);
    expect(await main.getByRole('button', { name: 'Save' }).count()).toBe(1);
    await admin.screenshot('admin-fresh', 1160);
    // A missing value links to its field.
    await main.getByRole('button', { name: 'Client ID is missing' }).click();
    expect(await focusedName()).toBe('clientId');
  });

  test('gets to a first login on this page, in nine clicks', async () => {
    site.pool.client.callbackUrls.splice(0);
    const admin_ = countClicks();
    // Only the URL has to be copied to the Cognito console.
    await admin_.click(page.getByRole('button', { name: 'Copy: Allowed callback URL' }));
    await page.getByText('Copied').waitFor();
    const url = await page.evaluate(() => navigator.clipboard.readText());
    expect(url).toBe(`${site.strapi}/api/connect/cognito/callback`);
    site.pool.client.callbackUrls.push(url);

    const { key, secret, subdomain, callback } = fields();
    await admin_.fill(page.getByLabel('Host URI (Subdomain)'), subdomain);
    await admin_.fill(page.getByLabel('Client ID'), key);
    await admin_.fill(page.getByLabel('Client Secret'), secret ?? '');
    await admin_.fill(page.getByLabel('The redirect URL to your front-end app'), callback);
    await admin_.click(enableToggle());
    await admin_.click(page.getByRole('button', { name: 'Save' }));
    await page.getByText('Ready for the first login').waitFor();

    await admin_.click(page.getByRole('tab', { name: 'Check connection' }));
    await page.getByText('Everything is OK').waitFor();
    await logInAtFrontEnd('nia', 'nia@example.com');
    await admin_.click(page.getByRole('tab', { name: 'Users and logins' }));
    const users = page.getByRole('region', { name: 'Users with a Cognito account' });
    await users.getByText('nia@example.com').waitFor();
    await page.getByText('Succeeded').first().waitFor();
    expect(admin_.clicks).toBe(9);
  });

  test('agrees with the Providers page, and never shows the secret', async () => {
    await admin.open('connection');
    await page.getByText('The provider is switched on').waitFor();
    const { secret } = fields();
    expect(await page.content()).not.toContain(secret);
    await page.getByText('A secret is saved').waitFor();

    // The form of Strapi 5 accepts no scheme, which the pool of the tests needs.
    const subdomain = new URL(fields().subdomain).host;
    if (strapiMajor === 5) await site.api.saveProvider('cognito', { subdomain });
    await page.goto(`${site.strapi}/admin/settings/users-permissions/providers`);
    await page.getByText('cognito', { exact: true }).click();
    const form = page.getByRole('dialog');
    expect(await form.locator('[name="key"]').inputValue()).toBe(fields().key);
    await form.locator('[name="key"]').fill('changed-there');
    await form.getByRole('button', { name: 'Save' }).click();
    await form.waitFor({ state: 'detached' });
    await admin.open('connection');
    await page.waitForFunction(
      () =>
        document.querySelector<HTMLInputElement>('[name="clientId"]')?.value === 'changed-there',
    );
    await site.api.saveProvider('cognito', fields());
  });
});

describe('the connection', () => {
  test('that is invalid is marked, focused and not saved; the input stays', async () => {
    await admin.open('connection');
    await page.getByLabel('Host URI (Subdomain)').fill('https://my-app.example/login');
    await page.getByLabel('Client ID').fill('another');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Nothing was saved. Correct the marked fields.').first().waitFor();
    await page.getByText('must be a domain, such as').first().waitFor();
    expect(await focusedName()).toBe('domain');
    expect(await page.getByLabel('Client ID').inputValue()).toBe('another');
    await page.getByRole('button', { name: 'Discard changes' }).click();
    expect(await page.getByLabel('Client ID').inputValue()).toBe(fields().key);
  });

  test('that worked before and is now broken is explained, with a link to the field', async () => {
    await site.api.saveProvider('cognito', { subdomain: 'no domain/at all' });
    await admin.open('connection');
    await page.getByText('Users cannot log in: one setting is wrong').waitFor();
    await page.getByRole('button', { name: /^Host URI \(Subdomain\) must be a domain/ }).click();
    expect(await focusedName()).toBe('domain');
    await site.api.saveProvider('cognito', fields());
  });

  test('has a secret that can be removed, or kept after all', async () => {
    await admin.open('connection');
    await page.getByRole('button', { name: 'Remove the secret' }).click();
    await page.getByText('The secret will be removed when you save.').waitFor();
    await page.getByRole('button', { name: 'Keep the secret' }).click();
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
  });
});

describe('Check connection', () => {
  afterEach(() => site.api.saveProvider('cognito', fields()));

  test('runs when it is opened, shows the time, and collapses what is OK', async () => {
    expect(await shownBy('host-uri')).toContain('OK');
    const status = await page.getByRole('tabpanel').getByRole('status').innerText();
    expect(status).toMatch(/^Everything is OK\s+Last checked: \w/);
    expect(await page.locator('[data-check]').count()).toBe(17);
    expect(await page.locator('[data-check]').first().isVisible()).toBe(false);
    await page.getByText('17 checks need no action').click();
    expect(await page.locator('[data-check]').first().isVisible()).toBe(true);
  });

  test.each<[string, string, string, string | null, () => unknown]>([
    [
      'an unregistered callback',
      'callback-url',
      'redirect_mismatch',
      'Copy: Allowed callback URL',
      () => site.pool.client.callbackUrls.splice(0),
    ],
    [
      'a wrong secret',
      'client',
      'does not accept the client secret',
      'clientSecret',
      () => site.api.saveProvider('cognito', { secret: 'wrong' }),
    ],
    [
      'a wrong client',
      'client',
      'no app client with this client ID',
      'clientId',
      () => site.api.saveProvider('cognito', { key: 'nobody' }),
    ],
    [
      'a Host URI where nothing listens',
      'host-uri',
      'refuses the connection',
      'domain',
      () => site.api.saveProvider('cognito', { subdomain: 'http://localhost:2' }),
    ],
    [
      'a disabled provider',
      'provider',
      'The provider is switched off',
      'enabled',
      () => site.api.saveProvider('cognito', { enabled: false }),
    ],
    [
      'a scope that the client may not use',
      'scopes',
      'may not use these scopes',
      null,
      () => site.pool.client.scopes.splice(0, Infinity, 'openid', 'profile'),
    ],
    [
      'a wrong clock',
      'clock',
      "behind Cognito's",
      null,
      () => {
        const date = new Date(Date.now() + 600_000).toUTCString();
        site.pool.injectFault('authorize', { headers: { date } });
      },
    ],
  ])('%s is named, with a link to its field', async (_, check, sentence, field, break_) => {
    const { callbackUrls, scopes } = structuredClone(site.pool.client);
    await break_();
    const shown = await shownBy(check);
    Object.assign(site.pool.client, { callbackUrls, scopes });
    expect(shown).toContain(sentence);
    expect(shown).toContain('Problem');
    // Problems come first.
    expect(await page.locator('[data-check]').first().innerText()).toContain('Problem');
    expect(shown).toContain('What to do:');
    expect(await page.getByRole('tabpanel').getByRole('status').innerText()).toMatch(
      /problems? can prevent logins/,
    );
    const link = page.locator(`[data-check="${check}"]`).getByRole('button', { name: /^Go to/ });
    if (field === null) {
      expect(await link.count()).toBe(0);
      return;
    }
    await link.click();
    await page.getByRole('tab', { name: 'Connection', selected: true }).waitFor();
    await page.waitForFunction((wanted) => {
      const setting = document.activeElement?.closest('[data-setting]');
      return [
        setting?.getAttribute('data-setting'),
        document.activeElement?.getAttribute('name'),
        document.activeElement?.getAttribute('aria-label'),
        document.activeElement?.textContent,
      ].includes(wanted);
    }, field);
  });
});

describe('accounts', () => {
  test('a group is mapped to a role, saved, and applies to the next login', async () => {
    await addRole('Editors');
    await admin.open('accounts');
    const roles = page.getByRole('group', { name: 'Group → role' });
    await roles.getByRole('button', { name: 'Add a row' }).click();
    await page.keyboard.type('admins');
    await roles.getByRole('combobox', { name: 'Role 1' }).click();
    await page.getByRole('option', { name: 'Editors' }).click();

    const sent = page.waitForRequest((request) => request.method() === 'PUT');
    await page.getByRole('button', { name: 'Save' }).click();
    expect((await sent).postDataJSON()).toEqual({ roles: [{ group: 'admins', role: 'editors' }] });
    await page.getByText('Saved', { exact: true }).first().waitFor();
    await roles.getByRole('button', { name: 'Reset to default: Group → role' }).waitFor();

    await logInAtFrontEnd('ann', 'Welcome, ann');
    expect((await member('ann@example.com')).role).toMatchObject({ type: 'editors' });
  });

  test('invalid input is marked in its place, and not sent', async () => {
    await admin.open('accounts');
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.method()));
    const groups = page.getByRole('group', { name: 'Required groups' });
    await groups.getByRole('button', { name: 'Add a group' }).click();
    await page.getByRole('tab', { name: 'Connection', exact: true }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await groups.getByText('Fill in every row, or remove it.').waitFor();
    await page.getByText('Nothing was saved. Correct the marked fields.').first().waitFor();
    // The tab opens with the field in focus.
    await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
    expect(requests).not.toContain('PUT');
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await groups.getByText('None: every user').waitFor();
  });

  test('of two fields the empty one is focused, and a duplicate is named', async () => {
    await admin.open('accounts');
    const roles = page.getByRole('group', { name: 'Group → role' });
    await roles.getByRole('button', { name: 'Add a row' }).click();
    await page.keyboard.type('admins');
    await page.getByRole('button', { name: 'Save' }).click();
    await roles.getByText('Fill in every row, or remove it.').waitFor();
    const marked = roles.locator('[data-invalid="true"]');
    expect(await marked.count()).toBe(1);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe(
      'combobox',
    );
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'Public' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await roles.getByText('“admins” is listed more than once.').waitFor();
    expect(await marked.count()).toBe(2);
    await page.getByRole('button', { name: 'Discard changes' }).click();
  });

  test('a changed list can be reset to its default, before and after it is saved', async () => {
    await admin.open('accounts');
    const username = page.getByRole('group', { name: 'Username' });
    const reset = username.getByRole('button', { name: 'Reset to default: Username' });
    const first = username.getByRole('textbox').first();
    expect(await reset.count()).toBe(0);
    await first.fill('nickname');
    await reset.click();
    expect(await first.inputValue()).toBe('preferred_username');
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);

    await first.fill('nickname');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).first().waitFor();
    await reset.click();
    const sent = page.waitForRequest((request) => request.method() === 'PUT');
    await page.getByRole('button', { name: 'Save' }).click();
    expect((await sent).postDataJSON()).toEqual({ username: null });
    await reset.waitFor({ state: 'detached' });
    expect(await first.inputValue()).toBe('preferred_username');
    await page.getByRole('button', { name: 'Discard changes' }).waitFor({ state: 'detached' });
  });

  test('a group that Cognito manages is marked', async () => {
    await admin.open('accounts');
    const groups = page.getByRole('group', { name: 'Required groups' });
    await groups.getByRole('button', { name: 'Add a group' }).click();
    await page.keyboard.type('eu-west-1_AbCdEfGhI_Google');
    await groups.getByText('every user of the identity provider Google').waitFor();
    await page.getByRole('button', { name: 'Discard changes' }).click();
  });

  test('leaving with unsaved changes asks first', async () => {
    await admin.open('accounts');
    await page.getByRole('checkbox', { name: 'Require a verified email' }).click({ force: true });
    const asked: string[] = [];
    page.once('dialog', (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await page.getByRole('link', { name: 'Providers', exact: true }).click();
    expect(asked).toEqual(['You have unsaved changes. Leave this page and lose them?']);
    expect(new URL(page.url()).pathname).toContain('aws-cognito');
    await page.getByRole('button', { name: 'Discard changes' }).click();
  });

  test('rows can be moved, added and removed with only the keyboard', async () => {
    await admin.open('accounts');
    const username = page.getByRole('group', { name: 'Username' });
    const claims = () =>
      username
        .getByRole('textbox')
        .evaluateAll((all) => all.map((each) => (each as HTMLInputElement).value));
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await username.getByRole('textbox').first().focus();
    expect(await claims()).toEqual(['preferred_username', 'cognito:username']);

    // With Alt and an arrow key in the field.
    await page.keyboard.press('Alt+ArrowDown');
    expect(await claims()).toEqual(['cognito:username', 'preferred_username']);
    await username.getByText('preferred_username is now at position 2 of 2').waitFor();
    await page.keyboard.type('!');
    expect(await claims()).toEqual(['cognito:username', 'preferred_username!']);
    await page.keyboard.press('Backspace');

    // With the button, which the Tab key reaches.
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Move up: preferred_username');
    await page.keyboard.press('Enter');
    expect(await claims()).toEqual(['preferred_username', 'cognito:username']);
    expect(await focused()).toBe('Move up: preferred_username');

    // When a row is removed, the focus moves to its neighbour, or to the button that adds one.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Remove: preferred_username');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Remove: cognito:username');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('Add a claim');
    await page.keyboard.press('Enter');
    await page.keyboard.type('email');
    expect(await claims()).toEqual(['email']);
    await page.getByRole('button', { name: 'Discard changes' }).click();
  });
});

describe('users and logins', () => {
  test('a login is one row, with its user; a refused one can be found by its sub', async () => {
    await logInAtFrontEnd('ben', 'email_not_verified');
    await admin.open('users');
    const logins = page.getByRole('region', { name: 'Last logins' });
    await logins.getByText('The email is not verified in Cognito').waitFor();
    await logins.getByText('email_not_verified').waitFor();
    const { sub } = site.pool.user('ben');
    await logins.getByText(`sub ${sub}`).waitFor();
    expect(await logins.getByRole('link', { name: 'ann', exact: true }).count()).toBe(1);
    const rows = () => logins.getByRole('row').count();

    await logins.locator('input').fill(sub.slice(0, 8));
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length > 0);
    await logins.getByRole('link', { name: 'ann', exact: true }).waitFor({ state: 'detached' });
    // The header and one login.
    expect(await rows()).toBe(2);
    await logins.locator('input').fill('');
    await logins.getByRole('link', { name: 'ann', exact: true }).waitFor();

    await logins.getByRole('combobox', { name: 'Outcome' }).click();
    await page.getByRole('option', { name: 'Failed logins' }).click();
    await logins.getByRole('link', { name: 'ann', exact: true }).waitFor({ state: 'detached' });
    expect(await rows()).toBe(2);
    const download = page.waitForEvent('download');
    await logins.getByRole('button', { name: 'Export as CSV' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('cognito-logins.csv');
    const csv = readFileSync(await file.path(), 'utf8');
    // Spreadsheets detect the encoding by this mark.
    expect(csv.startsWith('\uFEFF')).toBe(true);
    expect(csv.trim().split('\r\n')).toEqual([
      'time,user_id,username,email,sub,step,outcome',
      expect.stringMatching(new RegExp(`,${sub},exchange,email_not_verified$`)),
    ]);
    await logins.getByRole('combobox', { name: 'Outcome' }).click();
    await page.getByRole('option', { name: 'All logins' }).click();
    await logins.getByRole('link', { name: 'ann', exact: true }).waitFor();

    const people = page.getByRole('region', { name: 'Users with a Cognito account' });
    await people.locator('input').fill('nobody');
    await people.getByText('matches “nobody”').waitFor();
    await people.locator('input').fill('ann@');
    await people.getByText(site.pool.user('ann').sub).waitFor();

    await people.getByRole('button', { name: 'Logins of ann' }).click();
    const ofAnn = page.getByRole('region', { name: 'Last logins of ann' });
    await ofAnn.getByRole('link', { name: 'ann', exact: true }).first().waitFor();
    expect(await ofAnn.getByText('email_not_verified').count()).toBe(0);
    await ofAnn.getByRole('button', { name: 'Show all' }).click();
    await logins.getByText('email_not_verified').waitFor();
  });

  test("a user's page in the Content Manager shows the same", async () => {
    // With the link on the page.
    await page.getByRole('link', { name: 'ann', exact: true }).first().click();
    const panel = page.getByRole('region', { name: 'AWS Cognito' });
    await panel.getByText(site.pool.user('ann').sub).waitFor();
    await panel.getByText('Exchange for a Strapi JWT').first().waitFor();
    const notes = '/content-manager/collection-types/api::note.note';
    const { results } = await site.api.call<{ results: { id: number; documentId?: string }[] }>(
      'GET',
      notes,
    );
    await page.goto(`${site.strapi}/admin${notes}/${results[0]!.documentId ?? results[0]!.id}`);
    await page.getByRole('button', { name: 'Save' }).waitFor();
    expect(await panel.count()).toBe(0);
  });

  test('the detected user pool can be forgotten', async () => {
    await admin.open('connection');
    const pool = page.getByRole('region', { name: 'User pool' });
    await pool.getByText('Detected at a login').waitFor();
    await pool.getByRole('button', { name: 'Forget' }).click();
    await page.getByRole(questionRole).getByRole('button', { name: 'Cancel' }).click();
    await pool.getByText('Detected at a login').waitFor();
    await pool.getByRole('button', { name: 'Forget' }).click();
    await page.getByRole(questionRole).getByRole('button', { name: 'Forget' }).click();
    await pool.getByText('Not known yet.').waitFor();
  });

  test('a failing JWKS is named, once the pool is known', async () => {
    await logInAtFrontEnd('nia', 'nia@example.com');
    site.pool.injectFault('jwks', { status: 500 });
    const shown = await shownBy('jwks');
    expect(shown).toContain('Problem');
    expect(shown).toContain('/.well-known/jwks.json');
  });
});

describe('accessibility and layout', () => {
  /** Selects each tab, and waits for what it loads. */
  async function forEachTab(work: (name: string) => Promise<void>): Promise<void> {
    await admin.open('connection');
    for (const [name, loaded] of [
      ['Connection', page.getByRole('region', { name: 'User pool' })],
      ['Check connection', page.locator('[data-check-run="ended"]')],
      ['Accounts', page.getByRole('group', { name: 'Username' })],
      ['Users and logins', page.getByText('email_not_verified').first()],
    ] as const) {
      await page.getByRole('tab', { name, exact: true }).click();
      await loaded.waitFor();
      await work(name);
    }
  }

  test.each(['light', 'dark'] as const)(
    'axe finds nothing serious in the %s theme',
    async (theme) => {
      await admin.prefer('STRAPI_THEME', theme);
      await forEachTab(async (tab) => {
        expect([tab, await admin.seriousFindings()]).toEqual([tab, []]);
      });
      await admin.prefer('STRAPI_THEME', 'light');
    },
  );

  test("nothing is wider than a window of 1280, 768 or 390 px, or than Strapi's own pages in it", async () => {
    const getOverflow = async (width: number) => {
      await page.setViewportSize({ width, height: 900 });
      return page.evaluate(() => {
        const main = document.querySelector('main')!;
        return main.scrollWidth - main.clientWidth;
      });
    };
    await page.goto(`${site.strapi}/admin/settings/users-permissions/advanced-settings`);
    await page.getByRole('button', { name: 'Save' }).waitFor();
    const theirs = await getOverflow(390);
    await page.setViewportSize({ width: 1280, height: 900 });
    await forEachTab(async (tab) => {
      for (const width of [390, 768, 1280]) {
        const isWider = (await getOverflow(width)) > (width === 390 ? theirs : 0);
        expect([tab, width, isWider]).toEqual([tab, width, false]);
      }
    });
  });

  test('the screenshots of the README', async () => {
    await site.api.saveProvider('cognito', { secret: 'not the secret of this client' });
    await shownBy('client');
    await admin.screenshot('admin-checks');
    await site.api.saveProvider('cognito', fields());
    await admin.open('accounts');
    await page
      .getByRole('button', { name: /^Reset to default/ })
      .first()
      .waitFor();
    await admin.screenshot('admin-accounts', 1250);
    await admin.open('users');
    await page.getByText('email_not_verified').first().waitFor();
    await admin.screenshot('admin-logins', 1250);
  });

  test.each([
    ['their email', { username: null, email: 'ann@example.com' }, 'ann@example.com'],
    ['their id', { username: null, email: null }, 'User 4711'],
  ])('a user without a username is shown by %s', async (_, user, name) => {
    const list = '**/cognito/identities?*';
    await page.route(list, async (route) => {
      const response = await route.fetch();
      const json = (await response.json()) as { results: { user: object }[] };
      json.results = json.results.slice(0, 1);
      for (const row of json.results) Object.assign(row.user, { id: 4711, ...user });
      await route.fulfill({ response, json });
    });
    try {
      await admin.open('users');
      await page.getByRole('link', { name, exact: true }).waitFor();
      // It is not repeated below the name.
      expect(await page.getByText(name, { exact: true }).count()).toBe(1);
      await page.getByRole('button', { name: `Unlink ${name}` }).click();
      await page.getByRole(questionRole, { name: `Unlink ${name}?` }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: `Logins of ${name}` }).click();
      await page.getByRole('heading', { name: `Last logins of ${name}` }).waitFor();
    } finally {
      await page.unroute(list);
    }
  });

  test('unlinking explains the effect, and removes the account from the list', async () => {
    await admin.open('users');
    await page.getByRole('button', { name: 'Unlink ann' }).click();
    const dialog = page.getByRole(questionRole, { name: 'Unlink ann?' });
    await dialog.getByText('the Cognito account with the same verified email').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Unlink');

    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Unlink' }).click();
    await page.getByText('Unlinked').waitFor();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Unlink ann' }).waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'q');

    await logInAtFrontEnd('ann', 'Welcome, ann');
    await page.reload();
    await page.getByRole('button', { name: 'Unlink ann' }).waitFor();
  });
});
