import type { Site } from '../support/site';

/** Checks the rule of a row on a site. */
export type Check = (site: Site) => Promise<void>;

/** One requirement, named as in its source. */
export interface Row {
  readonly name: string;
  /** The URL of its text. */
  readonly source: string;
  /** What must happen, in one sentence. */
  readonly rule: string;
  /** Undefined if there is nothing to check. */
  readonly check?: Check;
  /** Why it does not concern this plugin. */
  readonly notApplicable?: string;
  /** Why the plugin departs from it on purpose; `check` shows that it does. */
  readonly departs?: string;
}

/** The rows of one source. */
export interface Section {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly Row[];
}

/** The outcomes of the rows that were checked, by section and name. */
export type Outcomes = ReadonlyMap<Row, 'passes' | 'fails'>;

function getOutcome(row: Row, outcomes: Outcomes): string {
  if (row.notApplicable !== undefined) return `does not apply: ${row.notApplicable}`;
  const outcome = outcomes.get(row) ?? 'not run';
  return row.departs === undefined || outcome !== 'passes' ? outcome : `departs: ${row.departs}`;
}

const cell = (text: string) => text.replaceAll('|', '\\|');

/** Renders `docs/conformance.md` from a run. */
export function renderPage(sections: readonly Section[], outcomes: Outcomes): string {
  const all = sections.flatMap(({ rows }) => rows.map((row) => getOutcome(row, outcomes)));
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
        const cells = [`[${row.name}](${row.source})`, row.rule, getOutcome(row, outcomes)];
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
