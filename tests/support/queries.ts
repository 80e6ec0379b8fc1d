import type { StrapiUnderTest } from './strapi';

interface Counting {
  queries?: string[];
  count?: (query: { sql: string }) => void;
}

/** What the plugin's timers do, each in its time: login records written, old codes and leases swept away. */
export const BY_TIMER =
  /\bcognito_logins\b|\bcognito_(?:one_time_codes|leases). where \(?.expires_at. <= /;

/** What something comes to, and the queries that Strapi sends to its database meanwhile for its sake. */
export async function withQueries<T>(
  strapi: StrapiUnderTest,
  work: () => Promise<T>,
): Promise<{ result: T; queries: string[] }> {
  await strapi.run((it) => {
    const queries: string[] = [];
    const count = ({ sql }: { sql: string }) => queries.push(sql);
    Object.assign(globalThis, { queries, count });
    (it.db.connection as unknown as NodeJS.EventEmitter).on('query', count);
  });
  const result = await work();
  const queries = await strapi.run((it) => {
    const counting = globalThis as Counting;
    (it.db.connection as unknown as NodeJS.EventEmitter).off('query', counting.count!);
    return counting.queries ?? [];
  });
  return { result, queries: queries.filter((sql) => !BY_TIMER.test(sql)) };
}
