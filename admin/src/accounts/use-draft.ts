import { useCallback, useMemo, useState } from 'react';
import type { AccountSettings, SettingsView } from '../../../server/admin-contract';
import { describeFailure, issuesIn } from '../api/failure';
import { useSaveSettings } from '../api/settings';
import type { Request } from '../api/use-request';
import { useNotify } from '../elements';
import { useText } from '../text';
import { differences, without, withChanges, type Changes, type SettingName } from './draft';
import { invalidSettings, type Invalid } from './validation';

/** What is wrong with a setting, in words, and in which cells of its rows. */
export interface SettingError {
  readonly message: string;
  readonly cells: Invalid['cells'];
}

/** Settings that are being edited. They live as long as the page, whatever tab is open. */
export interface Draft {
  readonly isDirty: boolean;
  readonly isSaving: boolean;
  /** Why the last save failed. */
  readonly error: unknown;
  readonly errors: Partial<Record<string, SettingError>>;
  /** The settings with the changes. */
  valuesOver: (settings: SettingsView) => AccountSettings;
  /** `null` goes back to the default. */
  change: <Name extends SettingName>(name: Name, value: AccountSettings[Name] | null) => void;
  discard: () => void;
  /** Saves; `onRefused` gets the first setting that has to be corrected. */
  save: (onRefused: (name: string | undefined) => void) => void;
}

/** Keeps what was changed apart from what applies: a response that comes in takes nothing away. */
export function useDraft({ data, replace }: Request<SettingsView>): Draft {
  const text = useText();
  const notify = useNotify();
  const { run, reset, isRunning, error } = useSaveSettings();
  const [changes, setChanges] = useState<Changes>({});
  const [errors, setErrors] = useState<Draft['errors']>({});

  const different = useMemo(() => (data ? differences(data, changes) : {}), [data, changes]);

  const change: Draft['change'] = useCallback((name, value) => {
    setChanges((before) => ({ ...before, [name]: value }));
    setErrors((before) => ({ ...before, [name]: undefined }));
  }, []);

  const discard = () => {
    setChanges({});
    setErrors({});
    reset();
  };

  const refuse = (found: Record<string, SettingError>, message: string) => {
    setErrors(found);
    notify('error', message);
    return Object.keys(found)[0];
  };

  const save: Draft['save'] = (onRefused) => {
    const invalid = Object.entries(invalidSettings(different));
    if (invalid.length > 0) {
      const found = invalid.map(
        ([name, { text: key, values, cells }]) =>
          [name, { message: text(key, values), cells }] as const,
      );
      onRefused(refuse(Object.fromEntries(found), text('form.not-saved')));
      return;
    }
    setErrors({});
    run(different, {
      onSuccess: (view) => {
        replace(view);
        setChanges((now) => without(now, different));
        notify('success', text('accounts.saved'));
      },
      onError: (reason) => {
        const issues = Object.entries(issuesIn(reason)).map(
          ([name, { message }]) => [name, { message, cells: [] }] as const,
        );
        const why = text('form.failed', { reason: describeFailure(reason, text) });
        onRefused(refuse(Object.fromEntries(issues), why));
      },
    });
  };

  return {
    isDirty: Object.keys(different).length > 0,
    isSaving: isRunning,
    error,
    errors,
    valuesOver: (settings) => withChanges(settings, changes),
    change,
    discard,
    save,
  };
}
