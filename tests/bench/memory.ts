import type { StrapiUnderTest } from '../support/strapi';

/** In bytes. */
export interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

/** The start of an app's `src/index.js`, which {@link measureMemory} needs. */
export const MEMORY_SOURCE = `
require('node:v8').setFlagsFromString('--expose-gc');
const collect = require('node:vm').runInNewContext('gc');
globalThis.memoryAfterCollection = () => { collect(); return process.memoryUsage(); };
`;

/** The memory of Strapi's process, after a garbage collection. */
export function measureMemory(strapi: StrapiUnderTest): Promise<Memory> {
  return strapi.run(() =>
    (globalThis as unknown as { memoryAfterCollection: () => Memory }).memoryAfterCollection(),
  );
}
