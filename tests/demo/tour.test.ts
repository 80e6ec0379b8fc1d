/** @needs browser */
import type { Browser, Locator, Page } from 'playwright-core';
import { startFront } from '../../demo/front/server';
import { claimPorts } from '../../demo/ports';
import { startChromium } from '../support/chromium';
import { startDemo, type DemoProcess } from './demo-process';

let demo: DemoProcess;
let browser: Browser;
let page: Page;
const scriptErrors: Error[] = [];

beforeAll(async () => {
  [browser, demo] = await Promise.all([startChromium(), startDemo()]);
  page = await browser.newPage();
  page.on('pageerror', (error) => scriptErrors.push(error));
  await page.goto(demo.front);
}, 120_000);

afterEach(() => {
  expect(scriptErrors).toEqual([]);
});

const stop = (title: string): Locator =>
  page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title }) });
const seen = (title: string) => stop(title).getByText('seen', { exact: true }).waitFor();
const progress = (count: number) => page.getByText(`Seen so far: ${count} of 5.`).waitFor();
const fact = (term: string) =>
  page.locator('dl > div').filter({ hasText: term }).locator('dd').innerText();

const logIn = () => page.getByRole('link', { name: 'Log in', exact: true }).click();
const asSomebodyElse = () => page.getByRole('link', { name: 'Log in as somebody else' }).click();
const choose = (name: string) =>
  page.getByRole('button', { name: new RegExp(`^${name} `) }).click();

// One person goes through it, stop after stop.

test('it begins with nothing seen', async () => {
  await progress(0);
  expect(await page.locator('.stops > li').count()).toBe(5);
});

test("it leads to the plugin's page in the admin panel, if there is a panel", async () => {
  const link = page.getByRole('link', { name: 'AWS Cognito' });
  expect(await link.count()).toBe(0);
  const ports = await claimPorts({ strapi: 0, front: 0, pool: 0 }, ['front']);
  const adminPage = 'http://localhost:1/admin/settings/users-permissions/aws-cognito';
  const front = await startFront(ports.front, demo.strapi, true, adminPage);
  const tab = await browser.newPage();
  await tab.goto(`http://localhost:${ports.front}`);
  const shown = tab.getByRole('link', { name: 'AWS Cognito' });
  expect(await shown.getAttribute('href')).toBe(`${adminPage}?tab=users`);
  await tab.close();
  await front.stop();
});

let number: string;

test('ann is new, and gets the role of her group', async () => {
  await logIn();
  await choose('ann');
  await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
  expect(await fact('Role in Strapi')).toBe('Editor');
  number = await fact('Number in Strapi');
  await seen('A group becomes a role');
  await progress(1);
});

test('logging out ends the session at the pool', async () => {
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL(`${demo.front}/`);
  await seen('Logging out is logging out');
  await logIn();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('ann comes back as the user she was', async () => {
  await choose('ann');
  await page.getByRole('heading', { name: 'Welcome, ann' }).waitFor();
  expect(await fact('Number in Strapi')).toBe(number);
  await seen('Somebody comes back');
  await progress(3);
});

test('nia, in no group, has the default role', async () => {
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL(`${demo.front}/`);
  await logIn();
  await choose('nia');
  await page.getByText('nia@example.com', { exact: true }).waitFor();
  expect(await fact('Role in Strapi')).toBe('Authenticated');
  await progress(3);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL(`${demo.front}/`);
});

test('ben, whose email is not verified, is turned away', async () => {
  await logIn();
  await choose('ben');
  await page.getByRole('heading', { name: 'Please confirm your email address first' }).waitFor();
  await seen('An email that is not verified');
});

test('max is blocked; then all of it is seen, and stays so', async () => {
  await asSomebodyElse();
  await choose('max');
  await page.getByRole('heading', { name: 'Your account is blocked' }).waitFor();
  await seen('Somebody who is blocked');
  await page.getByText('You have seen all of it.').waitFor();
  await page.goto(demo.front);
  await page.getByText('You have seen all of it.').waitFor();
});

test('the demo ends as it is told to by Ctrl-C, without an error', async () => {
  expect(await demo.stop()).toBe(0);
});
