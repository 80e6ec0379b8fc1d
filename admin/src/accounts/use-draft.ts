import { useCallback, useMemo, useState } from 'react';
import type { AccountSettings, SettingsView } from '../../../server/admin-contract';
import { complaintsOf, describeFailure } from '../api/failure';
import { useSaveSettings } from '../api/settings';
import type { Request } from '../api/use-request';
import { useNotify } from '../elements';
import { useText } from '../text';
import { differences, without, withChanges, type Changes, type SettingName } from './draft';
import { invalidSettings } from './validation';

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
export function useDraft({ data, replace }: Request<SettingsView>): Draft {
  const accounts = data?.accounts;
  const text = useText();
  const notify = useNotify();
  const { run, reset, isRunning, error } = useSaveSettings();
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
    const invalid = Object.entries(invalidSettings(different));
    setComplaints(Object.fromEntries(invalid.map(([name, key]) => [name, text(key)])));
    if (invalid.length > 0) {
      onRefused();
      return;
    }
    run(different, {
      onSuccess: (view) => {
        replace(view);
        setChanges((now) => without(now, different));
        notify('success', text('accounts.saved'));
      },
      onError: (reason) => {
        setComplaints(complaintsOf(reason));
        notify('error', describeFailure(reason, text));
        onRefused();
      },
    });
  };

  return {
    isDirty: Object.keys(different).length > 0,
    isSaving: isRunning,
    error,
    complaints,
    valuesOver: (inForce) => withChanges(inForce, changes),
    change,
    discard,
    save,
  };
}
