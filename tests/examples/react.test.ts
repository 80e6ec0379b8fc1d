/** @needs browser git */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { repositoryRoot } from '../support/strapi';
import { type RunningExample, startExample } from './example';

let example: RunningExample;

/** Bundles the example for development, where StrictMode runs each effect twice. */
async function bundle(dir: string): Promise<void> {
  await build({
    absWorkingDir: dir,
    entryPoints: ['main.tsx'],
    outfile: path.join(dir, 'bundle.js'),
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"development"' },
    nodePaths: [path.join(repositoryRoot, 'node_modules')],
    logLevel: 'silent',
  });
  const page =
    '<!doctype html><div id="root"></div><script type="module" src="bundle.js"></script>';
  await writeFile(path.join(dir, 'index.html'), page);
}

beforeAll(async () => {
  example = await startExample('react', bundle);
}, 120_000);

const logIn = async (page: Page, person: RegExp) => {
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: person }).first().click();
};

test('logs in under StrictMode with one exchange, stays logged in, and logs out', () =>
  example.withPage(async (page) => {
    const exchanges: number[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/auth/cognito/callback') && response.status() !== 204) {
        exchanges.push(response.status());
      }
    });
    await logIn(page, /ann/i);
    await page.getByText('You are ann.').waitFor();
    expect(exchanges).toEqual([200]);
    expect(page.url()).toBe(`${example.origin}/`);
    await page.reload();
    await page.getByText('You are ann.').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: /ann/i }).first().waitFor();
  }));

test('shows an error, and offers the login again', () =>
  example.withPage(async (page) => {
    await logIn(page, /ben/i);
    await page.getByRole('alert').getByText('Please verify your email address').waitFor();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
  }));

test("a user who follows a link to the end of another user's login stays logged in", () =>
  example.withPage(async (page) => {
    await logIn(page, /ann/i);
    await page.getByText('You are ann.').waitFor();
    await page.goto(`${example.origin}/?access_token=${await example.site.code('nia')}`);
    await page.getByRole('alert').getByText('was not started in this browser').waitFor();
    await page.getByText('You are ann.').waitFor();
  }));
