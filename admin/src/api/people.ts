import { useFetchClient } from '@strapi/helper-plugin';
import { useMutation, useQuery, useQueryClient } from 'react-query';
import type { LinkedIdentity, LoginRecord, Page } from '../../../server/admin-contract';
import { pluginId } from '../plugin';

/** Which rows of a list are asked for. */
export interface ListQuery {
  readonly page: number;
  readonly pageSize: number;
  /** Of one user only. */
  readonly user?: number | undefined;
  /** The start of a username or email, or a user's id. */
  readonly q?: string | undefined;
}

/** Users with a Cognito identity. The rows of before stay while others are on their way. */
export const useIdentities = (query: ListQuery) => useList<LinkedIdentity>('identities', query);

/** The last logins, newest first. */
export const useLogins = (query: ListQuery) => useList<LoginRecord>('logins', query);

function useList<Row>(name: 'identities' | 'logins', query: ListQuery) {
  const { get } = useFetchClient();
  return useQuery(
    [pluginId, name, query],
    async ({ signal }) =>
      (await get<Page<Row>>(`/cognito/${name}`, { params: parameters(query), signal })).data,
    { retry: false, keepPreviousData: true, cacheTime: 0 },
  );
}

function parameters({ page, pageSize, user, q }: ListQuery) {
  return { page, pageSize, ...(user !== undefined && { user }), ...(q && { q }) };
}

/** Unlinks an identity from its user. */
export function useUnlink() {
  const { del } = useFetchClient();
  const client = useQueryClient();
  return useMutation((identity: LinkedIdentity) => del(`/cognito/identities/${identity.id}`), {
    onSettled: () => client.invalidateQueries([pluginId, 'identities']),
  });
}

/** Asks for the logins on the screen once more. */
export function useRefreshLogins(): () => void {
  const client = useQueryClient();
  return () => void client.invalidateQueries([pluginId, 'logins']);
}
