import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../support/strapi';
import { typeErrors } from '../support/type-errors';

const inRoot = (...names: string[]) => join(repositoryRoot, ...names);

const examples = readdirSync(inRoot('examples'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !name.includes('node_modules'))
  .map((name) => inRoot('examples', name));

/** The blocks of the client's README as modules that are not on disk. */
const blocks = new Map(
  [...readFileSync(inRoot('client', 'README.md'), 'utf8').matchAll(/```js\n(.*?)```/gs)].map(
    ([, text = ''], index) => [inRoot('tests', 'examples', `block-${index}.mjs`), text],
  ),
);

const WRONG = inRoot('tests', 'examples', 'wrong.ts');
const virtual = new Map([
  ...blocks,
  [
    WRONG,
    `import { callbacks } from '../../examples/nextauth/callbacks';
     const account = { provider: 'cognito', id_token: undefined as string | undefined };
     void callbacks.jwt({ token: {}, account });
     void callbacks.jwt({ token: {}, account: { id_token: 'a' } });`,
  ],
]);

let errors: Map<string, string[]>;

beforeAll(() => {
  const types = readdirSync(inRoot('tests', 'examples', 'types')).map((name) =>
    inRoot('tests', 'examples', 'types', name),
  );
  errors = typeErrors(
    { files: examples, texts: virtual },
    {
      jsx: ts.JsxEmit.ReactJSX,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      paths: { 'strapi-plugin-cognito-client': [inRoot('client', 'index.ts')] },
    },
    types,
  );
}, 60_000);

test('all TypeScript examples are checked', () => {
  const kinds = new Set(
    examples.map((path) => path.slice(inRoot('examples').length + 1).split('/')[0]),
  );
  expect([...kinds].sort()).toEqual(['nextauth', 'nextjs', 'react']);
});

test.each(examples.map((path) => [path.slice(repositoryRoot.length + 1), path]))(
  '%s type-checks in strict mode',
  (_, path) => {
    expect(errors.get(path)).toEqual([]);
  },
);

test("the blocks of the client's README type-check", () => {
  expect(blocks.size).toBeGreaterThan(0);
  for (const path of blocks.keys()) expect(errors.get(path)).toEqual([]);
});

test('and a type error is found', () => {
  expect(errors.get(WRONG)).toEqual([
    expect.stringContaining("'undefined' is not assignable"),
    expect.stringContaining("'provider' is missing"),
  ]);
});
