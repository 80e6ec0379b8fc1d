import { useNotification, useRBAC } from '@strapi/helper-plugin';
import { useCallback, useMemo } from 'react';
import { useHistory, useLocation } from 'react-router-dom';
import type { Elements } from '../types';

export const useUrlParameter: Elements['useUrlParameter'] = (name) => {
  const history = useHistory();
  const { pathname, search } = useLocation();
  const value = new URLSearchParams(search).get(name);
  const replace = (next: string) => {
    if (next !== value) history.replace({ pathname, search: `?${name}=${next}` });
  };
  return [value, replace];
};

/** Strapi 4 shows its warnings in red. */
const types = { success: 'success', error: 'warning' } as const;

export const useNotify: Elements['useNotify'] = () => {
  const notify = useNotification();
  return useCallback((kind, message) => notify({ type: types[kind], message }), [notify]);
};

export const usePermissions: Elements['usePermissions'] = (actions) => {
  const wanted = useMemo(
    () => Object.fromEntries(actions.map((action, at) => [at, [{ action, subject: null }]])),
    [actions],
  );
  const { allowedActions, isLoading } = useRBAC(wanted);
  if (isLoading) return undefined;
  return new Set(actions.filter((_, at) => allowedActions[`can${at}`]));
};
