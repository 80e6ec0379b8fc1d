import { type StrapiUnderTest, startStrapi } from '../support/strapi';
import { type Language, appBlocks, appOf } from './app';
import { documents } from './markdown';

/*
 * Every code block that is a file of an app, in an app: all blocks of a document and a language together. The README
 * comes first, in an app that has no roles and fields but Strapi's own.
 */
const cases = (['js', 'ts'] as const).flatMap((language) =>
  [...documents.values()]
    .map(({ path, blocks }) => [path, language, appBlocks(blocks, language)] as const)
    .filter(([, , blocks]) => blocks.length > 0),
);

let strapi: StrapiUnderTest;

beforeAll(async () => {
  strapi = await startStrapi(appOf([]));
});

test('there are such blocks in the README and in docs, in both languages', () => {
  const found = cases.map(([path, language]): [string, Language] => [path, language]);
  expect(found).toEqual(
    expect.arrayContaining([
      ['README.md', 'js'],
      ['README.md', 'ts'],
    ]),
  );
  expect(found.filter(([, language]) => language === 'js').length).toBeGreaterThan(5);
  expect(found.filter(([, language]) => language === 'ts').length).toBeGreaterThan(2);
});

describe.each([['README.md'], ['docs/']])('%s', (place) => {
  beforeAll(async () => {
    if (place === 'README.md') return;
    // The docs say to create it first.
    await strapi.run((app) =>
      app.db
        .query('plugin::users-permissions.role')
        .create({ data: { name: 'Editor', type: 'editor', description: '' } }),
    );
  });

  const here = cases.filter(([path]) => path.startsWith(place));

  test.each(here)('%s starts, in %s', async (_, _language, blocks) => {
    const linesBefore = strapi.logs.length;
    await strapi.restart(appOf(blocks));
    const lines = (await strapi.allLogs()).slice(linesBefore);
    expect(lines.filter((line) => /\] (?:error|fatal):/.test(line))).toEqual([]);
    // The plugin is there, and its provider is off, as in every fresh app.
    const { headers } = await fetch(`${strapi.url}/api/connect/cognito`, { redirect: 'manual' });
    expect(headers.get('location')).toMatch(/[?&]error=provider_disabled&/);
  });
});

test('and a block that must not start does not', async () => {
  const [, { blocks }] = [...documents].find(([path]) => path === 'README.md')!;
  const wrong = appBlocks(blocks, 'js').map((block) => ({
    ...block,
    text: block.text.replace('requiredGroups', 'requiredGroup'),
  }));
  await expect(strapi.restart(appOf(wrong))).rejects.toThrow(
    '"users.requiredGroup" is not a setting',
  );
});
