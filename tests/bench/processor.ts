import type { StrapiUnderTest } from '../support/strapi';
import type { Work } from './pairs';

/** The processor time of Strapi's process so far, in milliseconds. */
export function processorTime(strapi: StrapiUnderTest): Promise<number> {
  return strapi.run(() => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  });
}

/** Adds the processor time of the Strapis that do the work. */
export function withProcessorTime(strapis: readonly StrapiUnderTest[], work: Work): Work {
  const cpu = async () => {
    const times = await Promise.all(strapis.map(processorTime));
    return times.reduce((sum, time) => sum + time, 0);
  };
  return Object.assign(work, { cpu });
}
