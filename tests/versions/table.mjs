import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { root } from '../support/prepare.mjs';

const START = '<!-- versions: made by `UPDATE_DOCS=1 npm run test:versions` -->';
const END = '<!-- /versions -->';

/** The table of the packages and their versions. */
export function supportTable(packages) {
  const major = ({ folder }) =>
    JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')).version.split('.')[0];
  const orList = (all) => `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
  const rows = packages.map((each) => [
    `${each.strapi[0]} or later`,
    `version ${major(each)}`,
    orList(each.nodes.map((node) => node.split('.')[0])),
  ]);
  return table(['Strapi', 'this package', 'Node'], rows.reverse());
}

/** The table of the versions that work together.
 * @param {(strapi: string, node: string) => boolean} works whether a pair does.
 */
export function resultsTable(packages, works) {
  const nodes = [...new Set(packages.flatMap((each) => each.nodes))];
  const rows = packages.flatMap((each) =>
    each.strapi.map((strapi) => [
      strapi,
      ...nodes.map((node) =>
        each.nodes.includes(node) ? (works(strapi, node) ? 'works' : 'fails') : '',
      ),
    ]),
  );
  return table(['Strapi', ...nodes.map((node) => `Node ${node}`)], rows);
}

function table(columns, rows) {
  return [columns, columns.map(() => '---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

/**
 * Checks that a page has this table, or writes it with `update`.
 * @param page its path from the root of the repository.
 * @throws Error if it does not.
 */
export async function checkDocs(page, table, update) {
  const file = join(root, page);
  const text = readFileSync(file, 'utf8');
  const [before, rest] = text.split(START);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${page} has no place for the table: ${START} … ${END}`);
  const options = await prettier.resolveConfig(file);
  const wanted = await prettier.format(`${before}${START}\n\n${table}\n\n${END}${after}`, {
    ...options,
    parser: 'markdown',
  });
  if (wanted === text) return;
  if (!update) {
    throw new Error(`${page} has another table. UPDATE_DOCS=1 npm run test:versions writes it.`);
  }
  writeFileSync(file, wanted);
}
