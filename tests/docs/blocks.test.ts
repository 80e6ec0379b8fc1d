import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseHcl } from '@cdktn/hcl2json';
import { checkConfig } from '../../server/settings/config';
import { repositoryRoot } from '../support/strapi';
import { parseModule } from '../infra/terraform';
import { configName, typed, evaluateConfig } from './config-block';
import { findBlocks, parseCodes, documents, findTable } from './markdown';
import { typeErrors } from './type-check';

test('the language of every block is checked', () => {
  // sh: commands.test.ts. http: site.test.ts. dotenv: boot.test.ts.
  const checked = ['js', 'ts', 'json', 'hcl', 'mermaid', 'sh', 'http', 'dotenv'];
  const all = [...documents.values()].flatMap(({ blocks }) => blocks);
  expect(all.length).toBeGreaterThan(15);
  expect(all.filter(({ language }) => !checked.includes(language))).toEqual([]);
});

describe('JavaScript', () => {
  const blocks = findBlocks('js');
  const configs = blocks.filter(([, block]) => configName(block) !== undefined);
  let errors: Record<string, string[]>;

  beforeAll(() => {
    errors = typeErrors({
      ...Object.fromEntries(
        blocks.map(([, block], index) =>
          configName(block) === undefined
            ? [`${index}.mjs`, block.text]
            : [`${index}.ts`, typed(block)],
        ),
      ),
      'wrong.mjs': `import { finishLogin } from 'strapi-plugin-cognito/client';\nfinishLogin(1);\n`,
      'wrong.ts': typed({
        ...configs[0]![1],
        text: 'module.exports = () => ({ cognito: { enabled: true, config: { handoff: { mode: 1 } } } });',
      }),
    });
  });

  test.each(blocks.map(([at, block], index) => [at, block, index] as const))(
    '%s type-checks against the plugin',
    (_, block, index) => {
      const name = configName(block) === undefined ? `${index}.mjs` : `${index}.ts`;
      expect(errors[name]).toEqual([]);
    },
  );

  test('and a type error is found', () => {
    expect(errors['wrong.mjs']).toEqual([expect.stringContaining("'number' is not assignable")]);
    expect(errors['wrong.ts']).toEqual([expect.stringContaining("'number' is not assignable")]);
  });

  test.each(configs.filter(([, block]) => configName(block) === 'plugins'))(
    '%s passes the validation at startup',
    (_, block) => {
      const { cognito = { config: {} }, ...others } = evaluateConfig(block) as {
        cognito?: { config: object };
      };
      expect(() => checkConfig(cognito.config)).not.toThrow();
      expect(Object.keys(others).filter((name) => name !== 'users-permissions')).toEqual([]);
    },
  );
});

describe('TypeScript', () => {
  const blocks = findBlocks('ts');
  let errors: Record<string, string[]>;

  beforeAll(() => {
    const sources = blocks.map(([, block], index) => [`${index}.ts`, block.text] as const);
    const wrong = sources[0]![1].replace('requiredGroups: [', 'requiredGroup: [');
    errors = typeErrors(
      { ...Object.fromEntries(sources), 'wrong.ts': wrong },
      { strictNullChecks: true },
    );
  });

  test.each(blocks.map(([at], index) => [at, index] as const))('%s compiles', (_, index) => {
    expect(errors[`${index}.ts`]).toEqual([]);
  });

  test('and an unknown setting does not', () => {
    expect(errors['wrong.ts']).toEqual([expect.stringContaining("'requiredGroup' does not exist")]);
  });
});

test('JSON parses', () => {
  for (const [, { text }] of findBlocks('json')) JSON.parse(text);
});

describe('HCL', () => {
  test.each(findBlocks('hcl'))(
    '%s calls the module with existing variables',
    async (_, { text }) => {
      const { module } = (await parseHcl('docs.tf', text)) as {
        module: Record<string, [{ source: string }]>;
      };
      for (const [{ source, ...given }] of Object.values(module)) {
        const folder = source.replace('./node_modules/strapi-plugin-cognito/', '');
        const main = readFileSync(join(repositoryRoot, folder, 'main.tf'), 'utf8');
        const { variable } = await parseModule(main);
        const required = Object.entries(variable).filter(
          ([, [each]]) => each.default === undefined,
        );
        expect(Object.keys(variable)).toEqual(expect.arrayContaining(Object.keys(given)));
        expect(Object.keys(given)).toEqual(expect.arrayContaining(required.map(([name]) => name)));
      }
    },
  );
});

describe('diagrams', () => {
  /** The validator is an ES module, which Jest cannot load, so it runs in its own process. */
  const validate = (diagrams: string[]): { errors: unknown[] }[] => {
    const source = `
      import { text } from 'node:stream/consumers';
      import { validate } from '@probelabs/maid';
      const diagrams = JSON.parse(await text(process.stdin));
      console.log(JSON.stringify(diagrams.map((diagram) => validate(diagram))));
    `;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', source],
      { cwd: repositoryRoot, input: JSON.stringify(diagrams), encoding: 'utf8' },
    );
    if (stderr !== '') throw new Error(stderr);
    return JSON.parse(stdout) as { errors: unknown[] }[];
  };

  test('are valid, and a broken one is found', () => {
    const blocks = findBlocks('mermaid');
    const [broken, ...results] = validate([
      'flowchart LR\n  a[Front --> b\n',
      ...blocks.map(([, { text }]) => text),
    ]);
    expect(broken?.errors).not.toEqual([]);
    expect(results).toHaveLength(blocks.length);
    for (const [index, { errors }] of results.entries()) {
      expect([blocks[index]?.[0], errors]).toEqual([blocks[index]?.[0], []]);
    }
  });

  test('of the architecture have exactly the dependencies of the code', () => {
    const [, { text = '' } = {}] = findBlocks('mermaid').find(([at]) => at.includes('arch')) ?? [];
    const arrows = [...text.matchAll(/^\s*([\w-]+)\S*.* --> ([\w-]+)/gm)].map(([, from, to]) => [
      from!,
      to!,
    ]);
    const isModule = (name: string) => existsSync(join(repositoryRoot, 'server', name));
    const documented = arrows.filter((arrow) => arrow.every(isModule));
    const modules = new Set(documented.flat());
    const imported = imports().filter(([from, to]) => modules.has(from) && isModule(to));
    const asText = (pairs: string[][]) => pairs.map((each) => each.join(' --> ')).sort();
    expect(asText(documented)).toEqual([...new Set(asText(imported))]);
  });
});

describe('the modules of the architecture', () => {
  test('are all in its table', () => {
    const named = findTable('docs/architecture.md', 'module').map(
      ([module]) => parseCodes(module)[0],
    );
    const modules = readdirSync(join(repositoryRoot, 'server'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(modules.filter((module) => !named.includes(module))).toEqual([]);
  });
});

/** The imports between the folders of `server/`. */
function imports(): [from: string, to: string][] {
  const depcruise = join(repositoryRoot, 'node_modules/.bin/depcruise');
  const { stdout } = spawnSync(depcruise, ['server', '--output-type', 'json'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { modules } = JSON.parse(stdout) as {
    modules: { source: string; dependencies: { resolved: string }[] }[];
  };
  const moduleFrom = (file: string) => /^server\/([^/]+)\//.exec(file)?.[1];
  return modules.flatMap(({ source, dependencies }) =>
    dependencies.flatMap(({ resolved }) => {
      const [from, to] = [moduleFrom(source), moduleFrom(resolved)];
      return from && to && from !== to ? [[from, to] as [string, string]] : [];
    }),
  );
}
