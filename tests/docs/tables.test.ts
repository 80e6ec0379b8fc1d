import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTable } from '../../server/protocol/errors';
import { checkConfig } from '../../server/settings/config';
import { effectiveSettings } from '../../server/settings/settings';
import { parseTemplate } from '../infra/cloudformation';
import { repositoryRoot } from '../support/strapi';
import { parseCodes, documents, findTable } from './markdown';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');

describe('errors', () => {
  const rows = findTable('docs/errors.md', 'status', 'code');

  test('are those of the code, in its order', () => {
    const codes = rows.map(([status, code]) => [parseCodes(code), Number(status)]);
    const known = Object.entries(errorTable).map(([code, { status }]) => [[code], status]);
    expect(codes).toEqual(known);
  });

  test('are known to the client', () => {
    const getUnionMembers = (type: string): string[] => {
      const [, union = ''] =
        new RegExp(`type ${type} =([^;]*);`).exec(read('client/index.ts')) ?? [];
      return [...union.matchAll(/'(\w+)'/g)].map(([, code = '']) => code);
    };
    const others = getUnionMembers('OtherErrorCode').filter((code) =>
      Object.hasOwn(errorTable, code),
    );
    expect([...getUnionMembers('ErrorCode'), ...others].sort()).toEqual(
      Object.keys(errorTable).sort(),
    );
  });
});

describe('settings', () => {
  const rows = findTable('docs/configuration.md', 'key', 'default');

  /** The names that the config validation lists as allowed. */
  const getAllowedValues = (config: object): string[] => {
    try {
      checkConfig(config);
    } catch (error) {
      const [, names = ''] = /expected one of ([\w, ]+)/.exec((error as Error).message) ?? [];
      return names.split(', ');
    }
    throw new Error('The validation has accepted an unknown setting.');
  };

  test('are those of the code', () => {
    const keys = getAllowedValues({ none: {} }).flatMap((group) =>
      getAllowedValues({ [group]: { none: 1 } }).map((key) => `${group}.${key}`),
    );
    const shown = rows.flatMap(([cell]) =>
      parseCodes(cell).map((code) => code.replace(/\(.*/, '')),
    );
    expect(shown.sort()).toEqual(keys.sort());
  });

  test('have the defaults of the code', () => {
    const settings = effectiveSettings(
      {},
      { key: 'id', subdomain: 'a.example.com', callback: 'https://b.example.com/c' },
      {},
    );
    // An empty table may be an empty list in the code.
    const plain = (value: unknown) =>
      typeof value === 'object' && value !== null && Object.keys(value).length === 0
        ? 'nothing'
        : value;
    const compared = rows.flatMap(([cell, shown = '']) => {
      const value = /^`([^`]+)`$/.exec(shown)?.[1];
      const name = parseCodes(cell)[0]!;
      const [group = '', key = ''] = name.split('.');
      if (value === undefined || !Object.hasOwn(settings, group)) return [];
      const actual = (settings as unknown as Record<string, Record<string, unknown>>)[group]?.[key];
      const known: unknown = JSON.parse(value.replaceAll("'", '"'));
      expect([name, plain(known)]).toEqual([name, plain(actual)]);
      return [key];
    });
    expect(compared.length).toBeGreaterThan(15);
    expect(settings.logout.redirects).toEqual(['https://b.example.com']);
  });
});

describe('Cognito by template', () => {
  const { Parameters, Outputs } = parseTemplate(read('infra/cloudformation.yaml'));
  const path = 'docs/cognito-by-template.md';

  test('has the parameters of the templates, and their defaults', () => {
    const shown = findTable(path, 'parameter').map(([name, value]) => [
      parseCodes(name)[0],
      parseCodes(value)[0] ?? '',
    ]);
    const known = Object.entries(Parameters).map(([name, { Default }]) => [
      name,
      typeof Default === 'string' ? Default : '',
    ]);
    expect(shown.sort()).toEqual(known.sort());
  });

  test('has their outputs', () => {
    const shown = findTable(path, 'output').map(([name]) => parseCodes(name)[0]);
    expect(shown).toEqual(Object.keys(Outputs));
  });
});

describe('Troubleshooting', () => {
  const PATH = 'docs/troubleshooting.md';
  const { headings } = documents.get(PATH)!;
  const titles = headings.flatMap(parseCodes);

  test('has every code', () => {
    expect(Object.keys(errorTable).filter((code) => !titles.includes(code))).toEqual([]);
  });

  const named = [...read(PATH).matchAll(/Check:((?:\s+`[^`]+`,?)+)/g)].flatMap(([, list]) =>
    parseCodes(list),
  );

  test('only has results of the checks, and some of every check', () => {
    const [, union = ''] = /type CheckId =([^;]*);/.exec(read('server/admin-contract.d.ts')) ?? [];
    const checks = [...union.matchAll(/'([\w-]+)'/g)].map(([, id]) => id!);
    const unknown = named.filter((finding) => !checks.includes(finding.split('.')[0]!));
    expect(unknown).toEqual([]);
    const unnamed = checks.filter((id) => !named.some((finding) => finding.startsWith(`${id}.`)));
    expect(unnamed).toEqual([]);
  });

  const messages = join(repositoryRoot, 'server', 'diagnostics', 'messages.ts');
  (existsSync(messages) ? test : test.skip)('and uses the titles of the checks', () => {
    const text = readFileSync(messages, 'utf8');
    expect(named.filter((finding) => !text.includes(`'${finding}':`))).toEqual([]);
  });

  test('has every startup message of the server', () => {
    const sources = ['accounts/profile.ts', 'accounts/roles.ts', 'lifecycle.ts']
      .map((path) => read(`server/${path}`))
      .join('\n');
    const own = titles.filter((title) => /^(there is|is not|handoff)/.test(title));
    expect(own.length).toBe(3);
    for (const title of own) expect(sources).toContain(title);
  });
});
