import { type StrapiUnderTest, startStrapi } from '../support/strapi';
import { type Language, appBlocks, createApp } from './app';
import { documents } from './markdown';

/*
 * Boots every code block that is a file of an app: all blocks of a document and a language in one app. The README comes
 * first, in an app with only Strapi's own roles and fields.
 */
const cases = (['js', 'ts'] as const).flatMap((language) =>
  [...documents.values()]
    .map(({ path, blocks }) => [path, language, appBlocks(blocks, language)] as const)
    .filter(([, , blocks]) => blocks.length > 0),
);

let strapi: StrapiUnderTest;

beforeAll(async () => {
  strapi = await startStrapi(createApp([]));
});

test('the README and the docs have such blocks in both languages', () => {
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
    // The docs say to create this first.
    await strapi.run((app) =>
      app.db
        .query('plugin::users-permissions.role')
        .create({ data: { name: 'Editor', type: 'editor', description: '' } }),
    );
  });

  const here = cases.filter(([path]) => path.startsWith(place));

  test.each(here)('%s starts, in %s', async (_, _language, blocks) => {
    const precedingLines = strapi.logs.length;
    await strapi.restart(createApp(blocks));
    const lines = (await strapi.allLogs()).slice(precedingLines);
    expect(lines.filter((line) => /\] (?:error|fatal):/.test(line))).toEqual([]);
    // The plugin is loaded, and its provider is off, as in every new app.
    const { headers } = await fetch(`${strapi.url}/api/connect/cognito`, { redirect: 'manual' });
    expect(headers.get('location')).toMatch(/[?&]error=provider_disabled&/);
  });
});

test('and an invalid block does not boot', async () => {
  const [, { blocks }] = [...documents].find(([path]) => path === 'README.md')!;
  const wrong = appBlocks(blocks, 'js').map((block) => ({
    ...block,
    text: block.text.replace('requiredGroups', 'requiredGroup'),
  }));
  await expect(strapi.restart(createApp(wrong))).rejects.toThrow(
    '"users.requiredGroup" is not a setting',
  );
});
