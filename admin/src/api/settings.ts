import { useFetchClient } from '@strapi/helper-plugin';
import { useMutation, useQuery, useQueryClient } from 'react-query';
import type { SettingsChange, SettingsView } from '../../../server/admin-contract';
import { pluginId } from '../plugin';

const settingsKey = [pluginId, 'settings'];

/** The settings in force. A failure is shown at once, with a button to try again. */
export function useSettings(enabled: boolean) {
  const { get } = useFetchClient();
  return useQuery(
    settingsKey,
    async ({ signal }) => (await get<SettingsView>('/cognito/settings', { signal })).data,
    { enabled, retry: false },
  );
}

/** Saves what has changed; the answer takes the place of the settings that are shown. */
export function useSaveSettings() {
  const { put } = useFetchClient();
  const show = useShowSettings();
  return useMutation(
    async (change: SettingsChange) => (await put<SettingsView>('/cognito/settings', change)).data,
    { onSuccess: show },
  );
}

/** Forgets the issuer that was learned at a login. */
export function useForgetIssuer() {
  const { del } = useFetchClient();
  const show = useShowSettings();
  return useMutation(async () => (await del<SettingsView>('/cognito/issuer')).data, {
    onSuccess: show,
  });
}

function useShowSettings() {
  const client = useQueryClient();
  return async (view: SettingsView) => {
    // An answer that was asked for before is older, and would undo this one.
    await client.cancelQueries(settingsKey);
    client.setQueryData(settingsKey, view);
  };
}
