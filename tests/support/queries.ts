import type { StrapiUnderTest } from './strapi';

interface QueryCounter {
  queries?: string[];
  count?: (query: { sql: string }) => void;
}

/** Queries of the plugin's timers: they write login records, and delete old codes and leases. */
export const BACKGROUND_QUERY =
  /\bcognito_logins\b|\bcognito_(?:one_time_codes|leases). where \(?.expires_at. <= /;

/** The result of `work`, and the queries that Strapi sends to its database for it. */
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
    const counter = globalThis as QueryCounter;
    (it.db.connection as unknown as NodeJS.EventEmitter).off('query', counter.count!);
    return counter.queries ?? [];
  });
  const foreground = queries.filter((sql) => !BACKGROUND_QUERY.test(sql));
  // Without the queries of the timers, their transactions are empty.
  const isEmpty = (at: number) => foreground[at] === 'BEGIN;' && foreground[at + 1] === 'COMMIT;';
  return { result, queries: foreground.filter((_, at) => !isEmpty(at) && !isEmpty(at - 1)) };
}
