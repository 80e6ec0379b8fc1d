import { type StrapiUnderTest, startStrapi } from '../support/strapi';
import { type Language, appBlocks, createApp } from './app';
import { type Block, documents } from './markdown';

/*
 * Boots every code block that is a file of an app: one app with the blocks of the README, and in each language one app
 * with those of all other documents. blocks.test.ts validates each config by itself.
 */
const isReadme = (path: string) => path === 'README.md';

const collectBlocks = (fromReadme: boolean, language: Language) =>
  [...documents.values()]
    .filter(({ path }) => isReadme(path) === fromReadme)
    .flatMap(({ blocks }) => appBlocks(blocks, language));

let strapi: StrapiUnderTest;

beforeAll(async () => {
  strapi = await startStrapi(createApp([]));
});

/** Restarts Strapi with blocks. Its provider is off, as in every new app. */
async function expectStart(blocks: Block[]): Promise<void> {
  const precedingLines = strapi.logs.length;
  await strapi.restart(createApp(blocks));
  const lines = (await strapi.allLogs()).slice(precedingLines);
  expect(lines.filter((line) => /\] (?:error|fatal):/.test(line))).toEqual([]);
  const { headers } = await fetch(`${strapi.url}/api/connect/cognito`, { redirect: 'manual' });
  expect(headers.get('location')).toMatch(/[?&]error=provider_disabled&/);
}

test("the README's blocks start with only the roles and fields of Strapi", async () => {
  const blocks = collectBlocks(true, 'js');
  expect(blocks).not.toEqual([]);
  await expectStart(blocks);
});

describe.each([
  ['js', 10],
  ['ts', 2],
] as const)('in %s', (language, least) => {
  test('the blocks of the other documents start together', async () => {
    // They say to create this role first.
    await strapi.run(async (app) => {
      const data = { name: 'Editor', type: 'editor', description: '' };
      const roles = app.db.query('plugin::users-permissions.role');
      await roles.deleteMany({ where: { type: data.type } });
      await roles.create({ data });
    });
    const blocks = collectBlocks(false, language);
    expect(blocks.length).toBeGreaterThan(least);
    await expectStart(blocks);
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
