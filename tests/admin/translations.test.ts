import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { messages } from '../../server/diagnostics/messages';

import { outcomes as filter } from '../../admin/src/users/outcomes';
import { AUTHORIZE_ERRORS, errorTable } from '../../server/protocol/errors';

const folder = resolve(__dirname, '..', '..', 'admin', 'src', 'translations');
const load = (file: string) =>
  JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, string>;

const english = load('en.json');
const languages = readdirSync(folder)
  .filter((file) => file.endsWith('.json') && file !== 'en.json')
  .map((file) => file.replace('.json', ''));

/** The sentences of the checks, whose English is on the server. */
const sentences: Record<string, string> = Object.fromEntries(
  Object.entries(messages).flatMap(([code, { message, remedy }]) => [
    [`check.${code}.message`, message] as const,
    ...(remedy === null ? [] : [[`check.${code}.remedy`, remedy] as const]),
  ]),
);

/** The placeholders of a text on the page. */
function placeholders(text: string): string[] {
  const found = new Set<string>();
  const collect = (elements: MessageFormatElement[]): void => {
    for (const element of elements) {
      if (element.type === TYPE.tag) throw new Error(`a tag: ${element.value}`);
      if (element.type === TYPE.argument || element.type === TYPE.plural) found.add(element.value);
      if (element.type === TYPE.plural) {
        Object.values(element.options).forEach(({ value }) => collect(value));
      }
    }
  };
  collect(parse(text));
  return [...found].sort();
}

/** The placeholders of a sentence on the server. */
const filledIn = (text: string) =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort();

test('all promised languages exist', () => {
  expect(languages.sort()).toEqual(['de', 'es', 'fr', 'ja', 'pt-BR', 'zh-Hans']);
});

test('English has a text for every outcome of a login, also those of Cognito, and every check', () => {
  const outcomes = ['ok', ...new Set([...Object.keys(errorTable), ...AUTHORIZE_ERRORS])];
  const named = Object.keys(english).filter((key) => key.startsWith('outcome.'));
  expect(named.sort()).toEqual(outcomes.map((code) => `outcome.${code}`).sort());
  expect([...filter].sort()).toEqual(outcomes.sort());

  const checks = new Set(Object.keys(messages).map((code) => code.split('.')[0]));
  checks.delete('skipped');
  checks.delete('failed');
  const titles = Object.keys(english).filter((key) => key.startsWith('check-title.'));
  expect(titles.sort()).toEqual([...checks].map((check) => `check-title.${check}`).sort());
});

test('English is well-formed', () => {
  for (const text of Object.values(english)) {
    expect(() => placeholders(text)).not.toThrow();
  }
});

describe.each(languages)('%s', (language) => {
  const translated = load(`${language}.json`);

  test('has every text, and no other', () => {
    const wanted = [...Object.keys(english), ...Object.keys(sentences)];
    expect(Object.keys(translated).sort()).toEqual(wanted.sort());
  });

  test('has the same placeholders in well-formed texts', () => {
    for (const [key, text] of Object.entries(english)) {
      expect([key, placeholders(translated[key] ?? '')]).toEqual([key, placeholders(text)]);
    }
    for (const [key, text] of Object.entries(sentences)) {
      expect([key, placeholders(translated[key] ?? '')]).toEqual([key, filledIn(text)]);
    }
  });

  test('is translated from English', () => {
    const short = (text: string) => text.length < 25;
    const same = Object.entries({ ...english, ...sentences }).filter(
      ([key, text]) => !short(text) && translated[key] === text,
    );
    expect(same).toEqual([]);
  });
});
