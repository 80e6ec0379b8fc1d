import { useNotification } from '@strapi/helper-plugin';
import { useCallback, useMemo, useState } from 'react';
import type { AccountSettings, SettingsView } from '../../../server/admin-contract';
import { complaintsOf, describeFailure } from '../api/failure';
import { useSaveSettings } from '../api/settings';
import { textId, useText } from '../text';
import { differences, without, withChanges, type Changes, type SettingName } from './draft';
import { mistakesIn } from './mistakes';

/** Settings that are being edited. They live as long as the page, whatever tab is open. */
export interface Draft {
  readonly isDirty: boolean;
  readonly isSaving: boolean;
  /** Why the last save failed. */
  readonly error: unknown;
  /** What is wrong with a setting, in words. */
  readonly complaints: Partial<Record<string, string>>;
  /** The settings with the changes. */
  valuesOver: (accounts: SettingsView['accounts']) => AccountSettings;
  change: <Name extends SettingName>(name: Name, value: AccountSettings[Name]) => void;
  discard: () => void;
  /** Saves; `onRefused` is called where there is something to put right first. */
  save: (onRefused: () => void) => void;
}

/** Keeps what was changed, apart from what is in force: an answer that comes in takes nothing away. */
export function useDraft(accounts: SettingsView['accounts'] | undefined): Draft {
  const text = useText();
  const notify = useNotification();
  const { mutate, reset, isLoading, error } = useSaveSettings();
  const [changes, setChanges] = useState<Changes>({});
  const [complaints, setComplaints] = useState<Draft['complaints']>({});

  const different = useMemo(
    () => (accounts ? differences(accounts, changes) : {}),
    [accounts, changes],
  );

  const change: Draft['change'] = useCallback((name, value) => {
    setChanges((before) => ({ ...before, [name]: value }));
    setComplaints((before) => ({ ...before, [name]: undefined }));
  }, []);

  const discard = () => {
    setChanges({});
    setComplaints({});
    reset();
  };

  const save: Draft['save'] = (onRefused) => {
    const mistakes = Object.entries(mistakesIn(different));
    setComplaints(Object.fromEntries(mistakes.map(([name, key]) => [name, text(key)])));
    if (mistakes.length > 0) {
      onRefused();
      return;
    }
    mutate(different, {
      onSuccess: () => {
        setChanges((now) => without(now, different));
        notify({
          type: 'success',
          message: { id: textId('accounts.saved'), defaultMessage: 'Saved' },
        });
      },
      onError: (reason) => {
        setComplaints(complaintsOf(reason));
        notify({ type: 'warning', message: describeFailure(reason, text) });
        onRefused();
      },
    });
  };

  return {
    isDirty: Object.keys(different).length > 0,
    isSaving: isLoading,
    error,
    complaints,
    valuesOver: (inForce) => withChanges(inForce, changes),
    change,
    discard,
    save,
  };
}
