import type { Site } from './site';

/** Does something while Strapi's clock is ahead. */
export async function withClockAhead<T>(
  site: Site,
  seconds: number,
  work: () => Promise<T>,
): Promise<T> {
  await site.strapi.run((_strapi, ms: number) => {
    Date.now = () => new Date().getTime() + ms;
    const now = performance.now.bind(performance);
    performance.now = () => now() + ms;
  }, seconds * 1000);
  try {
    return await work();
  } finally {
    await site.strapi.run((strapi) => {
      Date.now = () => new Date().getTime();
      Reflect.deleteProperty(performance, 'now');
      // What was kept until some time in that future is to be forgotten now.
      strapi.plugin('cognito').service('settings').invalidate?.();
    });
  }
}

/** Does something under another `cognito.config`, as if Strapi had been booted with it. */
export async function withConfig<T>(
  site: Site,
  config: Record<string, unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const set = (value: Record<string, unknown>) =>
    site.strapi.run((strapi, arg: Record<string, unknown>) => {
      const before = strapi.config.get<Record<string, unknown>>('plugin.cognito');
      strapi.config.set('plugin.cognito', arg);
      strapi.plugin('cognito').service('settings').invalidate?.();
      return before;
    }, value);
  const before = await set(config);
  try {
    return await work();
  } finally {
    await set(before);
  }
}

/**
 * Stops the clock that waiting is measured by, so that nothing comes back with time, however slow the
 * machine; time of day goes on.
 */
export const freezeClock = (site: Site) =>
  site.strapi.run(() => {
    // Whole milliseconds, so that nothing is lost to rounding.
    const at = Math.ceil(performance.now());
    performance.now = () => at;
  });

/** Puts a stopped clock forward. */
export const advanceClock = (site: Site, seconds: number) =>
  site.strapi.run((_strapi, ms: number) => {
    const at = performance.now() + ms;
    performance.now = () => at;
  }, seconds * 1000);

/** The clock goes on, and never back: from where it was put, or where it would be. */
export const unfreezeClock = (site: Site) =>
  site.strapi.run(() => {
    const at = performance.now();
    Reflect.deleteProperty(performance, 'now');
    const now = performance.now.bind(performance);
    const ahead = at - now();
    if (ahead > 0) performance.now = () => now() + ahead;
  });
