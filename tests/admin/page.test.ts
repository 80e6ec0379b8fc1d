/** @needs browser */
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../support/chromium';
import { AdminBrowser, tabs } from './admin-browser';
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

/** Logs somebody in at the demo's front-end, in a browser of their own. */
async function memberLogsIn(name: string, until: string): Promise<void> {
  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(site.front);
  await tab.getByRole('link', { name: 'Log in', exact: true }).click();
  await tab.getByRole('button', { name: new RegExp(`^${name} `) }).click();
  await tab.getByText(until).first().waitFor();
  await context.close();
}

/** A user as the content manager has them. */
async function member(email: string): Promise<{ id: number; role: { type: string } }> {
  const { results } = await site.api.call<{ results: { id: number; role: { type: string } }[] }>(
    'GET',
    `/content-manager/collection-types/plugin::users-permissions.user?populate=role&filters[email][$eq]=${email}`,
  );
  return results[0]!;
}

/** A role of users-permissions that may do what members may. */
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

/** Runs all checks, and gives what one of them shows. */
async function shownBy(check: string): Promise<string> {
  await page.getByRole('button', { name: /^Check (connection|again)$/ }).click();
  await page.getByRole('button', { name: 'Check again' }).waitFor();
  return page.locator(`[data-check="${check}"]`).innerText();
}

test('a new Strapi: the link is in the section of users-permissions, and the page says what is missing', async () => {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'AWS Cognito' }).click();
  await page.getByRole('heading', { level: 1, name: 'AWS Cognito' }).waitFor();
  await page.getByText(/^Logins do not work/).waitFor();
  expect(await page.getByText(`${site.strapi}/api/connect/cognito/callback`).count()).toBe(1);
  await page.getByRole('button', { name: 'Copy: Allowed callback URL' }).click();
  await page.getByText('Copied').waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    `${site.strapi}/api/connect/cognito/callback`,
  );
});

test('the five fields of the Providers page, to which the page leads, are then in force', async () => {
  await page.getByRole('link', { name: 'Change in the Providers page' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Providers' }).waitFor();
  await page.getByText('cognito', { exact: true }).click();
  const form = page.getByRole('dialog');
  const { key, secret, subdomain, callback } = fields();
  await form.locator('[name="enabled"]').check({ force: true });
  await form.locator('[name="key"]').fill(key);
  await form.locator('[name="secret"]').fill(secret ?? '');
  await form.locator('[name="subdomain"]').fill(subdomain);
  await form.locator('[name="callback"]').fill(callback);
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'detached' });

  await admin.open('connection');
  await page.getByText('The provider is switched on').waitFor();
  const connection = page.getByRole('region', { name: 'Connection' });
  const shown = await connection.innerText();
  for (const value of [key, subdomain, callback]) expect(shown).toContain(value);
  expect(shown).not.toContain(secret);
  expect(await connection.getByText('Providers page', { exact: true }).count()).toBe(4);
  await page.getByText('It is learned at the first login').waitFor();
});

describe('Check connection', () => {
  beforeAll(async () => {
    await admin.open('checks');
  });

  afterEach(() => site.api.saveProvider('cognito', fields()));

  test('all is well, and says so in words', async () => {
    expect(await shownBy('host-uri')).toContain('Good');
    const status = await page.getByRole('tabpanel').getByRole('status').innerText();
    expect(status).toMatch(/^All is well: 1[0-9] good/);
    expect(await page.locator('[data-check]').count()).toBe(17);
  });

  test.each<[string, string, string, () => unknown]>([
    [
      'an unregistered callback',
      'callback-url',
      'redirect_mismatch',
      () => site.pool.client.callbackUrls.splice(0),
    ],
    [
      'a wrong secret',
      'client',
      'does not accept the client secret',
      () => site.api.saveProvider('cognito', { secret: 'wrong' }),
    ],
    [
      'a wrong client',
      'client',
      'no app client with this client ID',
      () => site.api.saveProvider('cognito', { key: 'nobody' }),
    ],
    [
      'a Host URI where nobody listens',
      'host-uri',
      'refuses the connection',
      () => site.api.saveProvider('cognito', { subdomain: 'http://localhost:1' }),
    ],
    [
      'the provider switched off',
      'provider',
      'The provider is switched off',
      () => site.api.saveProvider('cognito', { enabled: false }),
    ],
    [
      'a scope that the client may not use',
      'scopes',
      'may not use these scopes',
      () => site.pool.client.scopes.splice(0, Infinity, 'openid', 'profile'),
    ],
    [
      'a clock that is wrong',
      'clock',
      "behind Cognito's",
      () => {
        const date = new Date(Date.now() + 600_000).toUTCString();
        site.pool.injectFault('authorize', { headers: { date } });
      },
    ],
  ])('%s is named', async (_, check, sentence, break_) => {
    const { callbackUrls, scopes } = structuredClone(site.pool.client);
    await break_();
    const shown = await shownBy(check);
    Object.assign(site.pool.client, { callbackUrls, scopes });
    expect(shown).toContain(sentence);
    expect(shown).toContain('Bad');
    // What is bad stands first.
    expect(await page.locator('[data-check]').first().innerText()).toContain('Bad');
    expect(shown).toContain('What to do:');
    expect(await page.getByRole('tabpanel').getByRole('status').innerText()).toMatch(
      /^Something is wrong/,
    );
  });
});

describe('accounts', () => {
  test('a group is mapped to a role, saved, and decides about the member who logs in', async () => {
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
    await roles.getByText('Saved here').waitFor();

    await memberLogsIn('ann', 'Welcome, ann');
    expect((await member('ann@example.com')).role).toMatchObject({ type: 'editors' });
  });

  test('what cannot be right is said at its place, and is not sent', async () => {
    await admin.open('accounts');
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.method()));
    const groups = page.getByRole('group', { name: 'Required groups' });
    await groups.getByRole('button', { name: 'Add a group' }).click();
    await page.getByRole('tab', { name: 'Connection', exact: true }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await groups.getByText('Fill in every row, or remove it.').waitFor();
    // The tab is opened, and the field found.
    await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
    expect(requests).not.toContain('PUT');
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await groups.getByText('None: everybody').waitFor();
  });

  test('leaving with unsaved changes asks first', async () => {
    await admin.open('accounts');
    await page.getByRole('checkbox', { name: 'Verified email' }).click({ force: true });
    const asked: string[] = [];
    page.once('dialog', (dialog) => {
      asked.push(dialog.message());
      void dialog.dismiss();
    });
    await page.getByRole('link', { name: 'Providers', exact: true }).click();
    expect(asked).toEqual(['There are unsaved changes. Leave this page and lose them?']);
    expect(new URL(page.url()).pathname).toContain('aws-cognito');
    await page.getByRole('button', { name: 'Discard changes' }).click();
  });

  test('rows are put in order, added and removed by the keyboard alone', async () => {
    await admin.open('accounts');
    const username = page.getByRole('group', { name: 'Username' });
    const claims = () =>
      username
        .getByRole('textbox')
        .evaluateAll((all) => all.map((each) => (each as HTMLInputElement).value));
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await username.getByRole('textbox').first().focus();
    expect(await claims()).toEqual(['preferred_username', 'cognito:username']);

    // By Alt and an arrow, from the field.
    await page.keyboard.press('Alt+ArrowDown');
    expect(await claims()).toEqual(['cognito:username', 'preferred_username']);
    await username.getByText('preferred_username is now at position 2 of 2').waitFor();
    await page.keyboard.type('!');
    expect(await claims()).toEqual(['cognito:username', 'preferred_username!']);
    await page.keyboard.press('Backspace');

    // By the button, which the tab key reaches.
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Move up: preferred_username');
    await page.keyboard.press('Enter');
    expect(await claims()).toEqual(['preferred_username', 'cognito:username']);
    expect(await focused()).toBe('Move up: preferred_username');

    // The focus of a row that is removed goes to its neighbour, and at last to where one is added.
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

describe('people', () => {
  test('who came is found, with how it ended, in words and by code', async () => {
    await memberLogsIn('ben', 'email_not_verified');
    await admin.open('users');
    const logins = page.getByRole('region', { name: 'Last logins' });
    await logins.getByText('The email is not verified in Cognito').waitFor();
    await logins.getByText('email_not_verified').waitFor();

    const people = page.getByRole('region', { name: 'Users with a Cognito account' });
    await people.getByRole('textbox').fill('nobody');
    await people.getByText('begins with “nobody”').waitFor();
    await people.getByRole('textbox').fill('ann@');
    await people.getByText(site.pool.user('ann').sub).waitFor();

    await people.getByRole('button', { name: 'Logins of ann' }).click();
    const ofAnn = page.getByRole('region', { name: 'Last logins of ann' });
    await ofAnn
      .getByText(`User ${(await member('ann@example.com')).id}`)
      .first()
      .waitFor();
    expect(await ofAnn.getByText('email_not_verified').count()).toBe(0);
    await ofAnn.getByRole('button', { name: 'Show all' }).click();
    await logins.getByText('email_not_verified').waitFor();
  });

  test("a user's own page in the content manager has the same", async () => {
    // By the link of the page.
    await page.getByRole('link', { name: 'ann', exact: true }).click();
    const panel = page.getByRole('region', { name: 'AWS Cognito' });
    await panel.getByText(site.pool.user('ann').sub).waitFor();
    await panel.getByText('Handed over to the front-end').first().waitFor();
    await page.goto(`${site.strapi}/admin/content-manager/collection-types/api::note.note/1`);
    await page.getByRole('button', { name: 'Save' }).waitFor();
    expect(await panel.count()).toBe(0);
  });

  test('the user pool that was learned can be forgotten', async () => {
    await admin.open('connection');
    const pool = page.getByRole('region', { name: 'User pool' });
    await pool.getByText('Learned at a login').waitFor();
    await pool.getByRole('button', { name: 'Forget' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await pool.getByText('Learned at a login').waitFor();
    await pool.getByRole('button', { name: 'Forget' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await pool.getByText('Not known yet.').waitFor();
  });

  test('JWKS that do not come are named, once the pool is known', async () => {
    await memberLogsIn('nia', 'nia@example.com');
    site.pool.injectFault('jwks', { status: 500 });
    await admin.open('checks');
    const shown = await shownBy('jwks');
    expect(shown).toContain('Bad');
    expect(shown).toContain('/.well-known/jwks.json');
  });
});

describe('for everybody', () => {
  test.each(['light', 'dark'] as const)(
    'axe finds nothing serious in the %s theme',
    async (theme) => {
      await admin.prefer('STRAPI_THEME', theme);
      for (const tab of tabs) {
        await admin.open(tab);
        await page.waitForLoadState('networkidle');
        if (tab === 'checks') await shownBy('host-uri');
        expect([tab, await admin.seriousFindings()]).toEqual([tab, []]);
      }
      await admin.prefer('STRAPI_THEME', 'light');
    },
  );

  test('the pictures of the README', async () => {
    await site.api.saveProvider('cognito', { secret: 'not the secret of this client' });
    await admin.open('checks');
    await shownBy('client');
    await admin.screenshot('admin-checks');
    await site.api.saveProvider('cognito', fields());
    await admin.open('accounts');
    await page.getByText('Saved here').first().waitFor();
    await admin.screenshot('admin-accounts', 1250);
  });

  test.each([
    ['their email', { username: null, email: 'ann@example.com' }, 'ann@example.com'],
    ['their id', { username: null, email: null }, 'User 4711'],
  ])('a user without a username goes by %s', async (_, user, name) => {
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
      // It is not there once more below the name.
      expect(await page.getByText(name, { exact: true }).count()).toBe(1);
      await page.getByRole('button', { name: `Unlink ${name}` }).click();
      await page.getByRole('dialog', { name: `Unlink ${name}?` }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: `Logins of ${name}` }).click();
      await page.getByRole('heading', { name: `Last logins of ${name}` }).waitFor();
    } finally {
      await page.unroute(list);
    }
  });

  test('unlinking says what it means, and takes the account off the list', async () => {
    await admin.open('users');
    await page.getByRole('button', { name: 'Unlink ann' }).click();
    const dialog = page.getByRole('dialog', { name: 'Unlink ann?' });
    await dialog.getByText('whoever has the same verified email in Cognito').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Unlink');

    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Unlink' }).click();
    await page.getByText('Unlinked').waitFor();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Unlink ann' }).waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'q');

    await memberLogsIn('ann', 'Welcome, ann');
    await page.reload();
    await page.getByRole('button', { name: 'Unlink ann' }).waitFor();
  });
});
