import { useAuth, useClipboard, useFetchClient, useNotification } from '@strapi/strapi/admin';
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import type { Elements } from './types';

export const useUrlParameter: Elements['useUrlParameter'] = (name) => {
  const [parameters, setParameters] = useSearchParams();
  const value = parameters.get(name);
  const replace = (next: string) => {
    if (next !== value) setParameters({ [name]: next }, { replace: true });
  };
  return [value, replace];
};

export const useApi: Elements['useApi'] = () => {
  const client = useFetchClient();
  return useMemo(
    () => ({
      get: async <Body>(path: string, options = {}) => (await client.get<Body>(path, options)).data,
      getText: async (path: string, options = {}) => {
        const response = await client.get<string>(path, { ...options, responseType: 'text' });
        return response.data;
      },
      put: async <Body>(path: string, body: unknown) => (await client.put<Body>(path, body)).data,
      delete: async <Body>(path: string) => (await client.del<Body>(path)).data,
    }),
    [client],
  );
};

const types = { success: 'success', info: 'info', error: 'danger' } as const;

export const useNotify: Elements['useNotify'] = () => {
  const { toggleNotification } = useNotification();
  return useCallback(
    (kind, message) => toggleNotification({ type: types[kind], message }),
    [toggleNotification],
  );
};

export const useCopy: Elements['useCopy'] = () => useClipboard().copy;

/** Strapi's own `useRBAC` tells actions by the last part of their names only, which several have. */
export const usePermissions: Elements['usePermissions'] = (actions) => {
  const permissions = useAuth('usePermissions', (auth) => auth.permissions);
  const isLoading = useAuth('usePermissions', (auth) => auth.isLoading);
  const granted = useMemo(() => new Set(permissions.map(({ action }) => action)), [permissions]);
  if (isLoading) return undefined;
  return new Set(actions.filter((action) => granted.has(action)));
};

/** Permissions as Strapi's own components are asked for them. */
export const permissionsOf = (actions: readonly string[]) =>
  actions.map((action) => ({
    action,
    subject: null,
    id: 0,
    actionParameters: {},
    properties: {},
    conditions: [],
  }));
