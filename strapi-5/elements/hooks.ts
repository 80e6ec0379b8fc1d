import { useAuth, useNotification } from '@strapi/strapi/admin';
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import type { Elements } from '../types';

export const useUrlParameter: Elements['useUrlParameter'] = (name) => {
  const [parameters, setParameters] = useSearchParams();
  const value = parameters.get(name);
  const replace = (next: string) => {
    if (next !== value) setParameters({ [name]: next }, { replace: true });
  };
  return [value, replace];
};

const types = { success: 'success', error: 'danger' } as const;

export const useNotify: Elements['useNotify'] = () => {
  const { toggleNotification } = useNotification();
  return useCallback(
    (kind, message) => toggleNotification({ type: types[kind], message }),
    [toggleNotification],
  );
};

/** Strapi's own `useRBAC` identifies actions only by the last part of their names, which several share. */
export const usePermissions: Elements['usePermissions'] = (actions) => {
  const permissions = useAuth('usePermissions', (auth) => auth.permissions);
  const isLoading = useAuth('usePermissions', (auth) => auth.isLoading);
  const granted = useMemo(() => new Set(permissions.map(({ action }) => action)), [permissions]);
  if (isLoading) return undefined;
  return new Set(actions.filter((action) => granted.has(action)));
};
