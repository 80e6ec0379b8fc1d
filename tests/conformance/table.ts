import type { Site } from '../support/site';

/** Shows, on a site of its own pool, that what a row says happens does happen. */
export type Check = (site: Site) => Promise<void>;

/** One requirement, by the name that its source gives it. */
export interface Row {
  readonly name: string;
  /** Where it is written: a URL. */
  readonly source: string;
  /** What must happen, in a sentence. */
  readonly must: string;
  /** None where there is nothing to run. */
  readonly check?: Check;
  /** Why it asks nothing of this plugin. */
  readonly notApplicable?: string;
  /** Why something else happens here, on purpose; `check` shows that it does. */
  readonly departs?: string;
}

/** The rows of one source. */
export interface Section {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly Row[];
}

/** How the rows that were run came out, by section and name. */
export type Outcomes = ReadonlyMap<Row, 'passes' | 'fails'>;

function outcomeOf(row: Row, outcomes: Outcomes): string {
  if (row.notApplicable !== undefined) return `does not apply: ${row.notApplicable}`;
  const outcome = outcomes.get(row) ?? 'not run';
  return row.departs === undefined || outcome !== 'passes' ? outcome : `departs: ${row.departs}`;
}

const cell = (text: string) => text.replaceAll('|', '\\|');

/** The page `docs/conformance.md`, as a run found it. */
export function pageOf(sections: readonly Section[], outcomes: Outcomes): string {
  const all = sections.flatMap(({ rows }) => rows.map((row) => outcomeOf(row, outcomes)));
  const count = (start: string) => String(all.filter((each) => each.startsWith(start)).length);
  const tables = sections.map(({ title, about, rows }) =>
    [
      `## ${title}`,
      '',
      about,
      '',
      '| requirement | what must happen | here |',
      '| --- | --- | --- |',
      ...rows.map((row) => {
        const cells = [`[${row.name}](${row.source})`, row.must, outcomeOf(row, outcomes)];
        return `| ${cells.map(cell).join(' | ')} |`;
      }),
      '',
    ].join('\n'),
  );
  return [
    '# Conformance',
    '',
    '`UPDATE_DOCS=1 npx jest tests/conformance` writes this page from its own run: do not edit it. Each row that',
    'passes, or departs on purpose, ran against a real Strapi with a stand-in for Cognito, or against the',
    'protocol core. The checks are in `tests/conformance`. This page is not a certificate.',
    '',
    `Of ${String(all.length)} rows ${count('passes')} pass, ${count('departs')} depart on purpose, and ${count('does not apply')} do not apply.`,
    '',
    ...tables,
  ].join('\n');
}
