import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messages } from '../../server/diagnostics/messages';

// The page uses Strapi's names of menus and fields in the language of the admin.

type Texts = Record<string, string>;

const folder = resolve(__dirname, '..', '..', 'admin', 'src', 'translations');
const languages = readdirSync(folder)
  .filter((file) => file.endsWith('.json') && file !== 'en.json')
  .map((file) => file.replace('.json', ''));

const readTexts = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Texts;
const ours = (language: string) => readTexts(join(folder, `${language}.json`));

/** The texts of users-permissions. */
const ofUsersPermissions = (language: string): Texts => {
  const plugin = dirname(require.resolve('@strapi/plugin-users-permissions/package.json'));
  return readTexts(join(plugin, 'admin', 'src', 'translations', `${language}.json`));
};

/** The texts of the panel, in one module per language. */
function ofPanel(language: string): Texts {
  const chunks = join(dirname(require.resolve('@strapi/admin/package.json')), 'dist', '_chunks');
  const isLanguage = new RegExp(`^${language}-[\\w-]{8}\\.js$`);
  for (const name of readdirSync(chunks).filter((file) => isLanguage.test(file))) {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- its name has a hash.
    const { default: texts } = require(join(chunks, name)) as { default?: Texts };
    if (texts?.['app.components.Button.cancel'] !== undefined) return texts;
  }
  throw new Error(`Strapi ships no texts in ${language}`);
}

/** A text of Strapi in a language; like the panel, English if there is no translation. */
function getWords(language: string) {
  const [panel, plugin] = [ofPanel(language), ofUsersPermissions(language)];
  const [englishPanel, englishPlugin] = [ofPanel('en'), ofUsersPermissions('en')];
  const word = (texts: Texts, english: Texts, key: string) => {
    const found = texts[key] ?? english[key];
    if (found === undefined) throw new Error(`Strapi has no text ${key}`);
    return found;
  };
  return {
    panel: (key: string) => word(panel, englishPanel, key),
    plugin: (key: string) => word(plugin, englishPlugin, key),
  };
}

/** Fields of the Providers page that are also in the form. */
const labels = {
  'connection.enabled': 'PopUpForm.Providers.enabled.label',
  'connection.domain': 'PopUpForm.Providers.subdomain.label',
  'connection.client-id': 'PopUpForm.Providers.key.label',
  'connection.client-secret': 'PopUpForm.Providers.secret.label',
  'connection.callback': 'PopUpForm.Providers.redirectURL.front-end.label',
} as const;

/** English names in sentences, with their key in users-permissions. */
const names = {
  '"Enable"': 'PopUpForm.Providers.enabled.label',
  '"Host URI (Subdomain)"': 'PopUpForm.Providers.subdomain.label',
  '"Client ID"': 'PopUpForm.Providers.key.label',
  '"Client Secret"': 'PopUpForm.Providers.secret.label',
  '"The redirect URL to your front-end app"': 'PopUpForm.Providers.redirectURL.front-end.label',
  '"Enable sign-ups"': 'EditForm.inputToggle.label.sign-up',
  '"Default role for authenticated users"': 'EditForm.inputSelect.label.role',
  '"One account per email address"': 'EditForm.inputToggle.label.email',
  '→ Providers': 'HeaderNav.link.providers',
  'Providers page': 'HeaderNav.link.providers',
  '→ Advanced settings': 'HeaderNav.link.advancedSettings',
} as const;

test('English uses the words of Strapi', () => {
  const english = ours('en');
  for (const [key, theirs] of Object.entries(labels)) {
    expect([key, english[key]]).toEqual([key, getWords('en').plugin(theirs)]);
  }
});

describe.each(languages)('%s', (language) => {
  const texts = ours(language);
  const { panel, plugin } = getWords(language);
  const section = `${panel('global.settings')} → ${plugin('Settings.section-label')}`;

  test('has the labels of the Providers page', () => {
    for (const [key, theirs] of Object.entries(labels)) {
      expect([key, texts[key]]).toEqual([key, plugin(theirs)]);
    }
  });

  test('uses the names of menus and fields from the panel in sentences', () => {
    const sentences = Object.entries(messages).flatMap(([code, { message, remedy }]) => [
      [`check.${code}.message`, message] as const,
      [`check.${code}.remedy`, remedy ?? ''] as const,
    ]);
    const wanted = [
      ...sentences,
      ['connection.hint', 'Settings → Users & Permissions plugin → Providers'] as const,
    ];
    let checked = 0;
    for (const [key, english] of wanted) {
      const words = Object.entries(names)
        .filter(([name]) => english.includes(name))
        .map(([, theirs]) => plugin(theirs));
      if (english.includes('Settings → Users & Permissions plugin')) words.push(section);
      if (english.includes('→ Roles → Public')) words.push(`→ ${panel('global.roles')} →`);
      for (const word of words) {
        checked += 1;
        expect([key, texts[key]]).toEqual([key, expect.stringContaining(word)]);
      }
    }
    expect(checked).toBeGreaterThan(25);
  });
});
