import { useClipboard, useFetchClient, useNotification, useRBAC } from '@strapi/helper-plugin';
import { useCallback, useMemo } from 'react';
import { useHistory, useLocation } from 'react-router-dom';
import type { Elements } from './types';

export const useUrlParameter: Elements['useUrlParameter'] = (name) => {
  const history = useHistory();
  const { pathname, search } = useLocation();
  const value = new URLSearchParams(search).get(name);
  const replace = (next: string) => {
    if (next !== value) history.replace({ pathname, search: `?${name}=${next}` });
  };
  return [value, replace];
};

export const useApi: Elements['useApi'] = () => {
  const client = useFetchClient();
  return useMemo(
    () => ({
      get: async <Body>(path: string, options = {}) => (await client.get<Body>(path, options)).data,
      getText: async (path: string, options = {}) => {
        const { data } = await client.get<string>(path, { ...options, responseType: 'text' });
        return data;
      },
      put: async <Body>(path: string, body: unknown) => (await client.put<Body>(path, body)).data,
      delete: async <Body>(path: string) => (await client.del<Body>(path)).data,
    }),
    [client],
  );
};

/** Strapi 4 shows its warnings in red. */
const types = { success: 'success', info: 'info', error: 'warning' } as const;

export const useNotify: Elements['useNotify'] = () => {
  const notify = useNotification();
  return useCallback((kind, message) => notify({ type: types[kind], message }), [notify]);
};

export const useCopy: Elements['useCopy'] = () => useClipboard().copy;

export const usePermissions: Elements['usePermissions'] = (actions) => {
  const wanted = useMemo(
    () => Object.fromEntries(actions.map((action, at) => [at, [{ action, subject: null }]])),
    [actions],
  );
  const { allowedActions, isLoading } = useRBAC(wanted);
  if (isLoading) return undefined;
  return new Set(actions.filter((_, at) => allowedActions[`can${at}`]));
};
