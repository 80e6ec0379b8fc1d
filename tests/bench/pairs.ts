/** One thing that is measured: it is done once when this returns, or resolves. */
export type Work = (() => Promise<void> | void) & {
  /** Makes ready what the next round uses up; its time is nobody's. */
  prepare?: () => Promise<void>;
};

/** How works are measured. */
export interface Measure {
  /** Default 15. */
  readonly rounds?: number;
  /** Milliseconds that one work has in one round. Default 400. */
  readonly ms?: number;
  /** How many are under way at a time. Default 4. */
  readonly concurrency?: number;
}

/** How often a work was done in a round. Per second. */
async function rateOf(work: Work, { ms = 400, concurrency = 4 }: Measure): Promise<number> {
  await work.prepare?.();
  const start = performance.now();
  let done = 0;
  const worker = async () => {
    while (performance.now() - start < ms) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (done / (performance.now() - start)) * 1000;
}

/** The middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** A work's rate: as a share of the first work's, and on this machine. */
export interface Rate {
  readonly share: number;
  readonly perSecond: number;
}

/**
 * The rate of each work, as a share of the first one's. Works take turns round by round, so that a
 * busy moment of the machine hits all of them; every other round goes the other way round.
 */
export async function compare(
  works: Record<string, Work>,
  measure: Measure = {},
): Promise<Record<string, Rate>> {
  const names = Object.keys(works);
  const [base = ''] = names;
  const rates: Record<string, number>[] = [];
  const round = async (order: readonly string[]) => {
    const found: Record<string, number> = {};
    for (const name of order) found[name] = await rateOf(works[name]!, measure);
    return found;
  };
  // Once for nothing: what is compiled or connected at first use is then there.
  await round(names);
  const { rounds = 15 } = measure;
  while (rates.length < rounds) {
    rates.push(await round(rates.length % 2 === 0 ? names : [...names].reverse()));
  }
  const middle = (figure: (found: Record<string, number>) => number) => median(rates.map(figure));
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        share: middle((found) => found[name]! / found[base]!),
        perSecond: middle((found) => found[name]!),
      },
    ]),
  );
}

/** Prints a table for `docs/benchmarks.md`. */
export function printTable(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = columns.map((_, index) => (index === 0 ? '---' : '---:'));
  const table = [line(columns), line(rule), ...rows.map(line)].join('\n');
  console.log(`\n### ${title}\n\n${table}`);
}

/** Prints rates: the shares are what can be compared, with another run too. */
export function print(title: string, rates: Record<string, Rate>): void {
  const rows = Object.entries(rates).map(([name, { share, perSecond }]) => [
    name,
    share.toFixed(2),
    perSecond.toFixed(0),
  ]);
  printTable(title, ['', 'rate', 'per second'], rows);
}
