import type { Site } from './site';

/** Runs `work` while Strapi's clock is ahead. */
export async function withClockAhead<T>(
  site: Site,
  seconds: number,
  work: () => Promise<T>,
): Promise<T> {
  await site.strapi.run((_strapi, ms: number) => {
    const { now: original } = Date;
    Date.now = Object.assign(() => new Date().getTime() + ms, { original });
    const now = performance.now.bind(performance);
    performance.now = () => now() + ms;
  }, seconds * 1000);
  try {
    return await work();
  } finally {
    await site.strapi.run((strapi) => {
      Date.now = (Date.now as typeof Date.now & { original: typeof Date.now }).original;
      Reflect.deleteProperty(performance, 'now');
      // What was cached in that future has to be forgotten now.
      strapi.plugin('cognito').service('settings').invalidate?.();
    });
  }
}

/** Runs `work` with another `cognito.config`, as if Strapi had been booted with it. */
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
 * Stops the monotonic clock, so that no rate limit is restored, however slow the machine; the time of day goes on.
 */
export const freezeClock = (site: Site) =>
  site.strapi.run(() => {
    // Whole milliseconds avoid rounding errors.
    const at = Math.ceil(performance.now());
    performance.now = () => at;
  });

/** Moves a stopped clock forward. */
export const advanceClock = (site: Site, seconds: number) =>
  site.strapi.run((_strapi, ms: number) => {
    const at = performance.now() + ms;
    performance.now = () => at;
  }, seconds * 1000);

/** Starts the clock again, from where it was set or from the real time if that is later. It never goes back. */
export const unfreezeClock = (site: Site) =>
  site.strapi.run(() => {
    const at = performance.now();
    Reflect.deleteProperty(performance, 'now');
    const now = performance.now.bind(performance);
    const ahead = at - now();
    if (ahead > 0) performance.now = () => now() + ahead;
  });
