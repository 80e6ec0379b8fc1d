import { useCallback } from 'react';
import type {
  ConnectionChange,
  SettingsChange,
  SettingsView,
} from '../../../server/admin-contract';
import { useApi } from '../elements';
import { useAction, useRequest, type Action, type Request } from './use-request';

/** The settings that apply. A failure is shown at once, with a button to try again. */
export function useSettings(enabled: boolean): Request<SettingsView> {
  const api = useApi();
  const load = useCallback(
    (signal: AbortSignal) => api.get<SettingsView>('/cognito/settings', { signal }),
    [api],
  );
  return useRequest(enabled ? load : undefined);
}

/** Saves the changed settings. */
export function useSaveSettings(): Action<SettingsChange, SettingsView> {
  const api = useApi();
  return useAction((change) => api.put<SettingsView>('/cognito/settings', change));
}

/** Saves the changes to the connection. */
export function useSaveConnection(): Action<ConnectionChange, SettingsView> {
  const api = useApi();
  return useAction((change) => api.put<SettingsView>('/cognito/connection', change));
}

/** Forgets the issuer that was detected at a login. */
export function useForgetIssuer(): Action<void, SettingsView> {
  const api = useApi();
  return useAction(() => api.delete<SettingsView>('/cognito/issuer'));
}
