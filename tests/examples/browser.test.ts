/** @needs browser git */
import type { Page } from 'playwright-core';
import { type RunningExample, startExample } from './example';

let example: RunningExample;

beforeAll(async () => {
  example = await startExample('browser');
}, 120_000);

const expectText = (page: Page, text: string) => page.getByRole('status').getByText(text).waitFor();

test('logs in, keeps no code in the address bar, and logs out', () =>
  example.withPage(async (page) => {
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: /ann/i }).first().click();
    await expectText(page, 'You are ann.');
    expect(page.url()).toBe(`${example.origin}/`);
    await page.reload();
    await expectText(page, 'You are ann.');
    await page.getByRole('link', { name: 'Log out' }).click();
    await expectText(page, 'You are not logged in.');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: /ann/i }).first().waitFor();
  }));

test('shows an error', () =>
  example.withPage(async (page) => {
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: /ben/i }).first().click();
    await expectText(page, '(email_not_verified)');
    expect(page.url()).toBe(`${example.origin}/`);
  }));
