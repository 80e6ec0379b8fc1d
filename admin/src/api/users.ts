import { useCallback } from 'react';
import type { LinkedIdentity, LoginRecord, Page } from '../../../server/admin-contract';
import { useApi } from '../elements';
import { useAction, useRequest, type Action, type Request } from './use-request';

/** Which rows of a list are requested. */
interface ListQuery {
  readonly page: number;
  readonly pageSize: number;
  /** Only rows of one user. */
  readonly user?: number | undefined;
  /** The start of a username or email, or a user's id. */
  readonly q?: string | undefined;
}

/** Which logins are requested. */
interface LoginsQuery extends ListQuery {
  /** Only what was refused. */
  readonly failed?: boolean | undefined;
  /** Only this outcome. */
  readonly outcome?: string | undefined;
}

/** Users with a Cognito identity. */
export const useIdentities = (query: ListQuery) =>
  useList<Page<LinkedIdentity>>('identities', query);

/** The last logins, newest first. */
export const useLogins = (query: LoginsQuery) => useList<Page<LoginRecord>>('logins', query);

function useList<Body>(
  name: 'identities' | 'logins',
  { page, pageSize, ...filter }: LoginsQuery,
): Request<Body> {
  const api = useApi();
  const { user, q, failed, outcome } = filter;
  const load = useCallback(
    (signal: AbortSignal) => {
      const params = { page, pageSize, ...toParams({ user, q, failed, outcome }) };
      return api.get<Body>(`/cognito/${name}`, { params, signal });
    },
    [api, name, page, pageSize, user, q, failed, outcome],
  );
  return useRequest(load, user);
}

function toParams({ user, q, failed, outcome }: Omit<LoginsQuery, 'page' | 'pageSize'>) {
  return {
    ...(user !== undefined && { user }),
    ...(q && { q }),
    ...(failed && { failed: 'true' }),
    ...(outcome !== undefined && { outcome }),
  };
}

/** Downloads the filtered logins as a file. */
export function useExportLogins(): Action<Omit<LoginsQuery, 'page' | 'pageSize'>, void> {
  const api = useApi();
  return useAction(async (filter) => {
    const csv = await api.getText('/cognito/logins/csv', { params: toParams(filter) });
    // Spreadsheets detect the encoding from the byte order mark.
    const file = new Blob(['\uFEFF', csv], { type: 'text/csv' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = 'cognito-logins.csv';
    link.click();
    URL.revokeObjectURL(link.href);
  });
}

/** Unlinks an identity from its user. */
export function useUnlink(): Action<LinkedIdentity, unknown> {
  const api = useApi();
  return useAction(({ id }) => api.delete(`/cognito/identities/${id}`));
}
