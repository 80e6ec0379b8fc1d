/** One thing to measure: it is done once when this returns or resolves. */
export type Work = (() => Promise<void> | void) & {
  /** Prepares what the next round uses up; its time is not measured. */
  prepare?: () => Promise<void>;
  /** The processor time so far of the process that does the work, in milliseconds. */
  cpu?: () => Promise<number>;
};

/** How to measure. */
export interface Measure {
  /** Default 15. */
  readonly rounds?: number;
  /** Milliseconds for each work in a round. Default 400. */
  readonly ms?: number;
  /** How many run at a time. Default 4. */
  readonly concurrency?: number;
}

/** The result of one work in one round. */
interface Round {
  readonly perSecond: number;
  /** Milliseconds each; `undefined` if it is not known. */
  readonly cpu: number | undefined;
}

/** Repeats a work for the time of a round, several at a time. */
async function runRound(work: Work, { ms = 400, concurrency = 4 }: Measure): Promise<Round> {
  await work.prepare?.();
  const cpu = await work.cpu?.();
  const start = performance.now();
  let done = 0;
  const worker = async () => {
    while (performance.now() - start < ms) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const perSecond = (done / (performance.now() - start)) * 1000;
  const used = cpu === undefined ? undefined : ((await work.cpu?.()) ?? NaN) - cpu;
  return { perSecond, cpu: used === undefined ? undefined : used / done };
}

/** The median. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** The result of a work: relative to the first work, and absolute on this machine. */
export interface Rate {
  readonly share: number;
  readonly perSecond: number;
  /** How much less processor time it takes than the first work: 2 is half. */
  readonly cpuShare?: number;
  /** Milliseconds each. */
  readonly cpu?: number;
}

/**
 * Measures works, each relative to the first one. They take turns in each round, so that a busy moment of the machine
 * affects all of them; every second round has the reverse order.
 */
export async function compare(
  works: Record<string, Work>,
  measure: Measure = {},
): Promise<Record<string, Rate>> {
  const names = Object.keys(works);
  const [base = ''] = names;
  const all: Record<string, Round>[] = [];
  const round = async (order: readonly string[]) => {
    const results: Record<string, Round> = {};
    for (const name of order) results[name] = await runRound(works[name]!, measure);
    return results;
  };
  // A warm-up round, for what is compiled or connected at first use.
  await round(names);
  const { rounds = 15 } = measure;
  while (all.length < rounds) {
    all.push(await round(all.length % 2 === 0 ? names : [...names].reverse()));
  }
  const medianOf = (figure: (results: Record<string, Round>) => number) => median(all.map(figure));
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        share: medianOf((results) => results[name]!.perSecond / results[base]!.perSecond),
        perSecond: medianOf((results) => results[name]!.perSecond),
        ...(works[name]!.cpu && {
          cpuShare: medianOf((results) => results[base]!.cpu! / results[name]!.cpu!),
          cpu: medianOf((results) => results[name]!.cpu!),
        }),
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

/**
 * Prints rates. The shares can be compared with those of another run. Processor time varies less than the rate on a
 * busy machine.
 */
export function print(title: string, rates: Record<string, Rate>): void {
  const withCpu = Object.values(rates).some(({ cpu }) => cpu !== undefined);
  const rows = Object.entries(rates).map(([name, { share, perSecond, cpuShare, cpu }]) => [
    name,
    share.toFixed(2),
    ...(withCpu ? [cpuShare?.toFixed(2) ?? ''] : []),
    perSecond.toFixed(0),
    ...(withCpu ? [cpu?.toPrecision(3) ?? ''] : []),
  ]);
  const columns = withCpu
    ? ['', 'rate', 'by processor time', 'per second', 'ms of processor']
    : ['', 'rate', 'per second'];
  printTable(title, columns, rows);
}
