import { type Memory, measureMemory } from '../bench/memory';
import { median } from '../bench/pairs';
import type { StrapiUnderTest } from '../support/strapi';
import { sleep } from './trouble';

const EVERY_MS = 5000;
/** A trend needs at least this many samples, which take about five minutes. */
const ENOUGH = 50;
/** By how much memory may grow from the second quarter of the run to the last. */
const ALLOWED = { rss: 0.1, heapUsed: 0.1 };

/** Samples of a process that is never killed, each after a garbage collection. */
export class MemoryWatch {
  private readonly samples: Memory[] = [];

  constructor(private readonly strapi: StrapiUnderTest) {}

  async run(until: number): Promise<void> {
    while (Date.now() < until) {
      this.samples.push(await measureMemory(this.strapi));
      await sleep(EVERY_MS);
    }
  }

  /** The first quarter is warm-up. */
  report(): { text: string; wrong: string[] } {
    const { length } = this.samples;
    const quarter = (from: number, of: keyof Memory) =>
      median(
        this.samples
          .slice(Math.floor((from * length) / 4), Math.ceil(((from + 1) * length) / 4))
          .map((sample) => sample[of] / 2 ** 20),
      );
    const lines: string[] = [];
    const wrong: string[] = [];
    for (const of of ['rss', 'heapUsed'] as const) {
      const [early, late] = [quarter(1, of), quarter(3, of)];
      const gained = late / early - 1;
      const percent = `${(gained * 100).toFixed(1)} %`;
      lines.push(`${of} ${early.toFixed(0)} → ${late.toFixed(0)} MiB (${percent})`);
      if (length >= ENOUGH && gained > ALLOWED[of]) wrong.push(`${of} has grown by ${percent}`);
    }
    const note = length >= ENOUGH ? '' : '; the run was too short for a trend';
    return { text: `${lines.join(', ')}${note}`, wrong };
  }
}
