import { useCallback } from 'react';
import type { CheckId, CheckResult } from '../../../server/admin-contract';
import { useApi } from '../elements';

/** Runs one check of the connection. */
export function useRunCheck(): (id: CheckId, signal: AbortSignal) => Promise<CheckResult> {
  const api = useApi();
  return useCallback((id, signal) => api.get(`/cognito/diagnostics/${id}`, { signal }), [api]);
}
