import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { extendedUser, notesApi } from '../support/app-files';
import { type Site, startSite } from '../support/site';
import { repositoryRoot } from '../support/strapi';
import { advisories, PRIVATE_FIELD } from './advisories';
import { openidConnect } from './openid-connect';
import { APP, rfc7636 } from './rfc-7636';
import { rfc8725 } from './rfc-8725';
import { rfc9207 } from './rfc-9207';
import { rfc9700 } from './rfc-9700';
import { type Row, renderPage } from './table';

const PAGE = path.join(repositoryRoot, 'docs', 'conformance.md');

const sections = [openidConnect, rfc9700, rfc8725, rfc7636, rfc9207, advisories];
const outcomes = new Map<Row, 'passes' | 'fails'>();

let site: Site;

beforeAll(async () => {
  site = await startSite({
    cognito: { bearer: { enabled: true }, tokens: { redirectUris: [APP] } },
    files: { ...notesApi, ...extendedUser(PRIVATE_FIELD) },
  });
  // Detects the issuer, and fetches the keys.
  await site.loginAs('ann');
});

beforeEach(async () => {
  site.pool.forgetRequests();
  await site.strapi.forgetLogs();
});

afterEach(() => site.pool.clearChanges());

describe.each(sections)('$title', ({ rows }) => {
  const checked = rows.flatMap((row) => (row.check ? [{ ...row, row, check: row.check }] : []));

  test.each(checked)('$name', async ({ row, check }) => {
    outcomes.set(row, 'fails');
    await check(site);
    outcomes.set(row, 'passes');
  });
});

describe('the table', () => {
  test('has unique names, and a reason for each row that is not run', () => {
    for (const { rows } of sections) {
      expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
      const silent = rows.filter(({ check, notApplicable }) => !check && !notApplicable);
      expect(silent).toEqual([]);
    }
  });

  test('matches docs/conformance.md', async () => {
    const page = renderPage(sections, outcomes);
    if (process.env.UPDATE_DOCS === '1') await writeFile(PAGE, page);
    expect(await readFile(PAGE, 'utf8')).toBe(page);
  });
});
