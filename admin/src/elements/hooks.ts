import { useMemo } from 'react';
import { useClipboard, useFetchClient } from './strapi';

interface RequestOptions {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal;
}

/**
 * Calls Strapi's admin API as the admin who is signed in. Each function returns the body, and throws Strapi's own
 * error. They stay the same functions.
 */
export function useApi() {
  const client = useFetchClient();
  return useMemo(
    () => ({
      get: async <Body>(path: string, options: RequestOptions = {}) =>
        (await client.get<Body>(path, options)).data,
      /** For a response that is not JSON. */
      getText: async (path: string, options: RequestOptions = {}) =>
        (await client.get<string>(path, { ...options, responseType: 'text' })).data,
      put: async <Body>(path: string, body: unknown) => (await client.put<Body>(path, body)).data,
      delete: async <Body>(path: string) => (await client.del<Body>(path)).data,
    }),
    [client],
  );
}

/** Copies a text to the clipboard; `false` if the browser refuses. */
export const useCopy = (): ((text: string) => Promise<boolean>) => useClipboard().copy;
