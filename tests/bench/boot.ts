import { type StrapiOptions, type StrapiUnderTest, startStrapi } from '../support/strapi';
import { MEMORY_SOURCE, measureMemory } from './memory';
import { median, printTable } from './pairs';
import { processorTime } from './processor';

const ROUNDS = 5;
const MIB = 2 ** 20;

/** The cost of a boot. */
interface Boot {
  /** Seconds from the start of the process until it listens. */
  readonly seconds: number;
  readonly processor: number;
  /** MiB. */
  readonly rss: number;
  readonly heap: number;
}

/** Boots with the plugin and without, in turns; a first boot has created the tables. */
export async function run(): Promise<void> {
  const source = `'use strict';\n${MEMORY_SOURCE}module.exports = { register() {}, bootstrap() {} };\n`;
  const options: StrapiOptions = { files: { 'src/index.js': source } };
  const strapis = {
    'without the plugin': await startStrapi({ ...options, plugin: false }),
    'with it': await startStrapi(options),
  };
  const boots: Record<string, Boot[]> = {};
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, strapi] of Object.entries(strapis)) {
        (boots[name] ??= []).push(await boot(strapi));
      }
    }
  } finally {
    await Promise.all(Object.values(strapis).map((strapi) => strapi.stop()));
  }
  const columns = ['', 'seconds', 'of processor', 'RSS, MiB', 'heap, MiB'];
  const medianOf = (all: readonly Boot[], of: keyof Boot) => median(all.map((each) => each[of]));
  printTable(
    'A boot',
    columns,
    Object.entries(boots).map(([name, all]) => [
      name,
      medianOf(all, 'seconds').toFixed(2),
      medianOf(all, 'processor').toFixed(2),
      medianOf(all, 'rss').toFixed(0),
      medianOf(all, 'heap').toFixed(1),
    ]),
  );
}

async function boot(strapi: StrapiUnderTest): Promise<Boot> {
  await strapi.restart();
  const seconds = await strapi.run(() => process.uptime());
  const processor = (await processorTime(strapi)) / 1000;
  const { rss, heapUsed } = await measureMemory(strapi);
  return { seconds, processor, rss: rss / MIB, heap: heapUsed / MIB };
}
