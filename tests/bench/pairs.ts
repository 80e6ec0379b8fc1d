/** One thing that is measured: it is done once when this returns, or resolves. */
export type Work = (() => Promise<void> | void) & {
  /** Makes ready what the next round uses up; its time is nobody's. */
  prepare?: () => Promise<void>;
  /** The processor time of the process that does the work, up to now. In milliseconds. */
  cpu?: () => Promise<number>;
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

/** What one work came to in one round. */
interface Round {
  readonly perSecond: number;
  /** Milliseconds each; `undefined` where it is not known. */
  readonly cpu: number | undefined;
}

/** Does a work for the time of a round, several at a time. */
async function roundOf(work: Work, { ms = 400, concurrency = 4 }: Measure): Promise<Round> {
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

/** The middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** What a work came to: as a share of the first work's, and on this machine. */
export interface Rate {
  readonly share: number;
  readonly perSecond: number;
  /** How much less processor time than the first work it takes: 2 is half. */
  readonly cpuShare?: number;
  /** Milliseconds each. */
  readonly cpu?: number;
}

/**
 * Measures works, each as a share of the first one. They take turns round by round, so that a busy
 * moment of the machine hits all of them; every other round goes the other way round.
 */
export async function compare(
  works: Record<string, Work>,
  measure: Measure = {},
): Promise<Record<string, Rate>> {
  const names = Object.keys(works);
  const [base = ''] = names;
  const all: Record<string, Round>[] = [];
  const round = async (order: readonly string[]) => {
    const found: Record<string, Round> = {};
    for (const name of order) found[name] = await roundOf(works[name]!, measure);
    return found;
  };
  // Once for nothing: what is compiled or connected at first use is then there.
  await round(names);
  const { rounds = 15 } = measure;
  while (all.length < rounds) {
    all.push(await round(all.length % 2 === 0 ? names : [...names].reverse()));
  }
  const middle = (figure: (found: Record<string, Round>) => number) => median(all.map(figure));
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        share: middle((found) => found[name]!.perSecond / found[base]!.perSecond),
        perSecond: middle((found) => found[name]!.perSecond),
        ...(works[name]!.cpu && {
          cpuShare: middle((found) => found[base]!.cpu! / found[name]!.cpu!),
          cpu: middle((found) => found[name]!.cpu!),
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
 * Prints rates: the shares are what can be compared, with another run too. Processor time is more
 * steady than the rate where a machine has others to serve.
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
