import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../support/strapi';

/** A fenced block of code. */
export interface Block {
  /** Its position: `docs/accounts.md:12`. */
  readonly at: string;
  readonly path: string;
  readonly language: string;
  readonly text: string;
}

export interface Link {
  readonly at: string;
  readonly target: string;
}

/** A table with the text of its cells. The first row is the head. */
export interface Table {
  readonly at: string;
  readonly rows: readonly (readonly string[])[];
}

/** The parts of a document that can be checked. */
export interface Document {
  /** Relative to the repository. */
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly links: readonly Link[];
  readonly tables: readonly Table[];
  /** The anchors of its headings on GitHub. */
  readonly anchors: ReadonlySet<string>;
  readonly headings: readonly string[];
  /** The `code` spans in the text. */
  readonly spans: readonly Link[];
}

/** README, docs/ and the other pages for readers. */
export const paths: readonly string[] = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(repositoryRoot, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const FENCE = /^(\s*)```(\S*)/;

/** @throws {Error} if a block has no end or no language. */
export function readDocument(path: string): Document {
  const lines = readFileSync(join(repositoryRoot, path), 'utf8').split('\n');
  const blocks: Block[] = [];
  const links: Link[] = [];
  const spans: Link[] = [];
  const tables: Table[] = [];
  const headings: string[] = [];

  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index]!;
    const at = `${path}:${index + 1}`;
    const [, indent = '', language] = FENCE.exec(line) ?? [];
    if (language !== undefined) {
      const end = lines.findIndex((each, later) => later > index && each === `${indent}\`\`\``);
      if (end < 0 || language === '') throw new Error(`${at}: a block without end or language`);
      const text = lines.slice(index + 1, end).map((each) => each.slice(indent.length));
      blocks.push({ at, path, language, text: `${text.join('\n')}\n` });
      index = end;
      continue;
    }
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading !== undefined) headings.push(heading);
    for (const [, span = ''] of line.matchAll(/`([^`]+)`/g)) spans.push({ at, target: span });
    for (const [, target = ''] of line.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^)]+)\)/g)) {
      links.push({ at, target });
    }
    if (line.startsWith('|')) {
      const after = lines.findIndex((each, later) => later > index && !each.startsWith('|'));
      const rows = lines.slice(index, after).map(parseCells);
      // The second row is the separator. Later rows are also searched for links.
      if (!lines[index - 1]?.startsWith('|')) {
        tables.push({ at, rows: rows.filter((_, row) => row !== 1) });
      }
    }
  }
  return { path, blocks, links, spans, tables, headings, anchors: toAnchors(headings) };
}

/** By GitHub's rules, a `|` within code is escaped. */
const parseCells = (line: string) =>
  line
    .slice(1, line.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());

function toAnchors(headings: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const heading of headings) {
    const words = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = words;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${words}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** All documents, by path. */
export const documents: ReadonlyMap<string, Document> = new Map(
  paths.map((path) => [path, readDocument(path)]),
);

/** All blocks in some languages. */
export function findBlocks(...languages: string[]): [at: string, block: Block][] {
  const all = [...documents.values()].flatMap(({ blocks }) => blocks);
  return all
    .filter(({ language }) => languages.includes(language))
    .map((block) => [block.at, block]);
}

/** The only table of a file whose head starts with these cells. */
export function findTable(path: string, ...head: string[]): Table['rows'] {
  const found = documents
    .get(path)
    ?.tables.filter(({ rows: [first = []] }) => head.every((cell, index) => first[index] === cell));
  if (found?.length !== 1) throw new Error(`${path} must have one table "${head.join(' | ')}"`);
  return found[0]!.rows.slice(1);
}

/** The text of every `code` in a cell. */
export const parseCodes = (cell = ''): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
