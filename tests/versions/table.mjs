import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { root } from '../support/prepare.mjs';

const START = '<!-- versions: made by `UPDATE_DOCS=1 npm run test:versions` -->';
const END = '<!-- /versions -->';

const WORDS = { true: 'works', false: 'fails', undefined: '' };

/**
 * The table of what works with what.
 * @param {{ strapi: string, node: string, works: boolean }[]} cells
 */
export function tableOf(cells) {
  const nodes = [...new Set(cells.map(({ node }) => node))];
  const rows = [...new Set(cells.map(({ strapi }) => strapi))];
  const works = (strapi, node) =>
    cells.find((cell) => cell.strapi === strapi && cell.node === node)?.works;
  return [
    ['Strapi', ...nodes.map((node) => `Node ${node}`)],
    ['---', ...nodes.map(() => '---')],
    ...rows.map((row) => [row, ...nodes.map((node) => WORDS[String(works(row, node))])]),
  ]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

/**
 * Checks that the docs have this table, or writes it there with `update`.
 * @throws Error if they do not.
 */
export async function keepInDocs(table, update, file = join(root, 'docs', 'versions.md')) {
  const page = readFileSync(file, 'utf8');
  const [before, rest] = page.split(START);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${file} has no place for the table: ${START} … ${END}`);
  const options = await prettier.resolveConfig(file);
  const text = `${before}${START}\n\n${table}\n\n${END}${after}`;
  const wanted = await prettier.format(text, { ...options, parser: 'markdown' });
  if (wanted === page) return;
  if (!update) {
    throw new Error('docs/versions.md has another table. UPDATE_DOCS=1 writes this one.');
  }
  writeFileSync(file, wanted);
}
