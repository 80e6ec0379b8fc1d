/** One thing that is measured: resolves when it is done once. */
export type Work = () => Promise<void>;

const ROUNDS = 15;
const ROUND_MS = 400;
const CONCURRENCY = 4;

/** How often a work was done in a round, several at a time. Per second. */
async function rateOf(work: Work): Promise<number> {
  const start = performance.now();
  let done = 0;
  const worker = async () => {
    while (performance.now() - start < ROUND_MS) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return (done / (performance.now() - start)) * 1000;
}

/** The middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/**
 * The rate of each work as a share of the first one's. Works take turns round by round, so that a
 * busy moment of the machine hits all of them.
 */
export async function compare(works: Record<string, Work>): Promise<Record<string, number>> {
  const entries = Object.entries(works);
  for (const [, work] of entries) await rateOf(work);
  const shares = new Map<string, number[]>(entries.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    const rates: [string, number][] = [];
    for (const [name, work] of entries) rates.push([name, await rateOf(work)]);
    const [, base] = rates[0] ?? ['', NaN];
    for (const [name, rate] of rates) shares.get(name)?.push(rate / base);
  }
  return Object.fromEntries([...shares].map(([name, of]) => [name, median(of)]));
}

/** Prints shares as a table for `docs/benchmarks.md`. */
export function print(title: string, shares: Record<string, number>): void {
  const rows = Object.entries(shares).map(([name, share]) => `| ${name} | ${share.toFixed(2)} |`);
  console.log(`\n### ${title}\n\n| | rate |\n| --- | ---: |\n${rows.join('\n')}`);
}
