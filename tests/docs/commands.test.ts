import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminRoutes } from '../../server/admin-api/routes';
import { evaluate, parseTemplate } from '../infra/cloudformation';
import { parseModule } from '../infra/terraform';
import { repositoryRoot } from '../support/strapi';
import { findBlocks } from './markdown';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const exists = (path: string) => existsSync(join(repositoryRoot, path));

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const ci = read('.ci/run');

/** The commands of the shell blocks, without comments. */
const commands = findBlocks('sh').flatMap(([at, { text }]) =>
  text
    .split('\n')
    .map((line) => line.replace(/(?:^|\s+)#.*$/, '').trim())
    .filter((line) => line !== '')
    .map((command): [at: string, command: string] => [at, command]),
);

/** Runs a short command. */
function run(command: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

/** Checks a script of package.json: what it calls exists, and CI runs it, or a fast variant runs here. */
function checkScript(script: string, options: string[]): void {
  const source = scripts[script];
  if (source === undefined) throw new Error(`package.json has no script ${script}`);
  for (const [, file = ''] of source.matchAll(/\bnode ([\w./-]+\.mjs)/g))
    expect(exists(file)).toBe(true);
  for (const [, tool = ''] of source.matchAll(/(?:^|[;&] )(eslint|prettier|tsc|jest)\b/g)) {
    expect(exists(`node_modules/.bin/${tool}`)).toBe(true);
  }
  const called = script === 'test' ? 'npm test' : `npm run --silent ${script}`;
  const call = [called, ...(options.length > 0 ? ['--', ...options] : [])].join(' ');
  const isInCi = ci.split('\n').some((line) => line === call || line.startsWith(`${call} -- `));
  if (isInCi || NOT_RUN.has(script)) return;
  if (script === 'demo') {
    const { status, output } = run(process.execPath, 'demo/start.mjs', '--help');
    expect(status).toBe(0);
    for (const option of options) expect(output).toContain(option);
    return;
  }
  throw new Error(`Neither CI nor this test runs ${call}`);
}

/**
 * Scripts that CI does not call by name. Only their files are checked: `format` is `lint` with --fix, `test:docs` is
 * part of `test`, and the others take minutes or hours.
 */
const NOT_RUN = new Set([
  'format',
  'changeset',
  'version',
  'release',
  'test:docs',
  'test:versions',
  'test:coverage',
  'test:mutation',
  'bench',
  'screenshots',
  'soak',
]);

/** `Key=value` pairs of a command line. */
const parsePairs = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/(\w+)=(\S+)/g)].map(([, key, value]) => [key!, value!]));

/** The path in the repository of a path in the installed package. */
const inPackage = (path: string) => path.replace(/^node_modules\/strapi-plugin-cognito\//, '');

/** The allowed commands, and how each is checked. Any other command fails. */
const known: [pattern: RegExp, check: (...parts: string[]) => void | Promise<void>][] = [
  [
    /^npm install ([\w-]+(?:@\d)?)$/,
    (wanted) => {
      const packages = ['strapi-5', '.', 'client'].map(
        (folder) => JSON.parse(read(`${folder}/package.json`)) as { name: string; version: string },
      );
      const [strapi5, strapi4] = packages.map(({ name, version }) => `${name}@${version[0]}`);
      expect([strapi5, strapi4, packages[2]?.name]).toContain(wanted);
    },
  ],
  [
    /^npm (?:run ([\w:-]+)|test)(?: -- (.+))?$/,
    (script = 'test', options = '') => {
      checkScript(
        script,
        options.split(' ').filter((option) => option !== ''),
      );
    },
  ],
  [
    /^curl -H "Authorization: Bearer \$ADMIN_JWT" https:\/\/YOUR-STRAPI\/cognito(\/\S+)$/,
    // `tests/diagnostics/access.test.ts` calls it.
    (path) => expect(adminRoutes).toContainEqual(expect.objectContaining({ method: 'GET', path })),
  ],
  [
    /^npx (strapi) (build|develop) --bundler=vite$/,
    // `tests/package/fresh-app.ts` builds with it.
    (command, name) => {
      const { status, output } = run(`node_modules/.bin/${command}`, name, '--help');
      expect({ status, output }).toEqual({
        status: 0,
        output: expect.stringMatching(/--bundler \[bundler\].*vite/) as string,
      });
    },
  ],
  [
    /^npx changeset$/,
    () => {
      expect(run('node_modules/.bin/changeset', '--help')).toMatchObject({ status: 0 });
      expect(exists('.changeset/config.json')).toBe(true);
    },
  ],
  [
    /^aws cloudformation deploy --stack-name [\w-]+ --template-file (\S+) --parameter-overrides (.+)$/,
    (file, overrides) => {
      const template = parseTemplate(read(inPackage(file)));
      const given = parsePairs(overrides);
      expect(Object.keys(template.Parameters)).toEqual(expect.arrayContaining(Object.keys(given)));
      expect(() => evaluate(template, given)).not.toThrow();
    },
  ],
  [
    /^aws cloudformation describe-stacks --stack-name [\w-]+ --query "Stacks\[0\]\.(\w+)" --output table$/,
    (section) => expect(parseTemplate(read('infra/cloudformation.yaml'))).toHaveProperty(section),
  ],
  [
    /^terraform -chdir=(\S+) (?:init|output|apply(.*))$/,
    async (folder, options = '') => {
      const { variable } = await parseModule(read(`${inPackage(folder)}/main.tf`));
      const given = Object.keys(parsePairs(options));
      expect(options.match(/ -var /g) ?? []).toHaveLength(given.length);
      expect(Object.keys(variable)).toEqual(expect.arrayContaining(given));
    },
  ],
];

test('there are commands', () => {
  expect(commands.length).toBeGreaterThan(10);
});

test.each(commands)('%s: %s', async (_, command) => {
  const found = known.find(([pattern]) => pattern.test(command));
  if (!found) throw new Error('No check is known for this command.');
  const [pattern, check] = found;
  const [, ...parts] = pattern.exec(command) ?? [];
  await check(...parts);
});
