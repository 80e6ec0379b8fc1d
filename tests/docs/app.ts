import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript';
import { type StrapiOptions, packageRoot, repositoryRoot } from '../support/strapi';
import { fileName } from './config-block';
import type { Block } from './markdown';

export type Language = 'js' | 'ts';

/** What a Strapi under test needs in addition to the docs. */
const BASE: Readonly<Record<string, string>> = {
  'config/plugins': `{
    cognito: { enabled: true, resolve: ${JSON.stringify(packageRoot)} },
    'users-permissions': { config: { jwtSecret: 'jwt-secret-of-the-test', ratelimit: { enabled: false } } },
  }`,
  'config/server': `{
    host: process.env.HOST, port: Number(process.env.PORT), url: process.env.PUBLIC_URL,
    app: { keys: ['one-key', 'another-key'] },
  }`,
};

const MERGE = `
const merge = (into, from) => {
  for (const [key, value] of Object.entries(from)) {
    const isGroup = (each) => typeof each === 'object' && each !== null && !Array.isArray(each);
    if (isGroup(into[key]) && isGroup(value)) merge(into[key], value);
    else if (value !== undefined) into[key] = value;
  }
  return into;
};
`;

/** How blocks for the same file are combined. */
const COMBINED: Readonly<Record<string, string>> = {
  'config/plugins': `${MERGE}
module.exports = (helpers) => parts.reduce((all, part) => merge(all, part(helpers)), ${BASE['config/plugins']});`,
  'config/server': `${MERGE}
module.exports = (helpers) => parts.reduce((all, part) => merge(all, part(helpers)), ${BASE['config/server']});`,
  'src/index': `
const each = (name) => async (context) => {
  for (const part of parts) await part[name]?.(context);
};
module.exports = { register: each('register'), bootstrap: each('bootstrap') };`,
  'src/extensions/users-permissions/strapi-server': `
module.exports = (plugin) => parts.reduce((result, part) => part(result), plugin);`,
};

/** Compiles a TypeScript file as `strapi build` does. */
function compile(text: string): string {
  const path = require.resolve('@strapi/typescript-utils/tsconfigs/server.json');
  const { config } = ts.readConfigFile(path, (name) => readFileSync(name, 'utf8')) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, repositoryRoot);
  return ts.transpileModule(text, { compilerOptions: options }).outputText;
}

/** The blocks that are files of an app in this language. `.env` belongs to both languages. */
export function appBlocks(blocks: readonly Block[], language: Language): Block[] {
  const isCode = (block: Block) => fileName(block)?.endsWith(`.${language}`) === true;
  const isEnv = (block: Block) => fileName(block) === '.env';
  return blocks.some(isCode) ? blocks.filter((block) => isCode(block) || isEnv(block)) : [];
}

/**
 * Creates the files of an app from code blocks, with the exact text of the docs.
 *
 * @throws {Error} if there is no rule for the file of a block.
 */
export function createApp(
  blocks: readonly Block[],
): Required<Pick<StrapiOptions, 'config' | 'files' | 'env'>> {
  const files: Record<string, string> = {
    '.env': blocks
      .filter((block) => fileName(block) === '.env')
      .map(({ text }) => text)
      .join(''),
  };
  const parts: Record<string, string[]> = Object.fromEntries(
    Object.keys(COMBINED).map((name) => [name, []]),
  );
  for (const [index, block] of blocks.entries()) {
    const file = fileName(block) ?? '';
    if (file === '.env') continue;
    const name = file.replace(/\.[jt]s$/, '');
    if (name.startsWith('src/policies/')) {
      files[file] = block.text;
      continue;
    }
    if (!parts[name]) throw new Error(`${block.at}: what is ${file}?`);
    const part = `blocks/${index}.js`;
    files[part] = file.endsWith('.ts') ? compile(block.text) : block.text;
    parts[name].push(part);
  }
  for (const [name, list] of Object.entries(parts)) {
    const paths = list.map((part) => posix.relative(posix.dirname(name), part));
    files[`${name}.js`] = `
const parts = ${JSON.stringify(paths)}.map((path) => require(path)).map((part) => part.default ?? part);
${COMBINED[name]!}
`;
  }
  const { 'config/plugins.js': plugins = '', 'config/server.js': server = '', ...others } = files;
  return { config: { plugins, server }, files: others, env: { APP_KEYS: 'one-key,another-key' } };
}
