import { useFetchClient } from '@strapi/helper-plugin';
import { useCallback } from 'react';
import type { CheckId, CheckResult } from '../../../server/admin-contract';

/** Runs one check of the connection. */
export function useRunCheck(): (id: CheckId, signal: AbortSignal) => Promise<CheckResult> {
  const { get } = useFetchClient();
  return useCallback(
    async (id, signal) => (await get<CheckResult>(`/cognito/diagnostics/${id}`, { signal })).data,
    [get],
  );
}
