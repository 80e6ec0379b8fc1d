import { useCallback } from 'react';
import type { LinkedIdentity, LoginRecord, Page } from '../../../server/admin-contract';
import { useApi } from '../elements';
import { useAction, useRequest, type Action, type Request } from './use-request';

/** Which rows of a list are requested. */
export interface ListQuery {
  readonly page: number;
  readonly pageSize: number;
  /** Only those of one user. */
  readonly user?: number | undefined;
  /** The start of a username or email, or a user's id. */
  readonly q?: string | undefined;
}

/** Users with a Cognito identity. */
export const useIdentities = (query: ListQuery) => useList<LinkedIdentity>('identities', query);

/** The last logins, newest first. */
export const useLogins = (query: ListQuery) => useList<LoginRecord>('logins', query);

function useList<Row>(
  name: 'identities' | 'logins',
  { page, pageSize, user, q }: ListQuery,
): Request<Page<Row>> {
  const api = useApi();
  const load = useCallback(
    (signal: AbortSignal) => {
      const params = { page, pageSize, ...(user !== undefined && { user }), ...(q && { q }) };
      return api.get<Page<Row>>(`/cognito/${name}`, { params, signal });
    },
    [api, name, page, pageSize, user, q],
  );
  return useRequest(load, user);
}

/** Unlinks an identity from its user. */
export function useUnlink(): Action<LinkedIdentity, unknown> {
  const api = useApi();
  return useAction(({ id }) => api.delete(`/cognito/identities/${id}`));
}
