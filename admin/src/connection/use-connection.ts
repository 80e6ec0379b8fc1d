import { useCallback, useMemo, useState } from 'react';
import type { ConnectionChange, SettingsView } from '../../../server/admin-contract';
import { describeFailure, issuesIn } from '../api/failure';
import { useSaveConnection } from '../api/settings';
import type { Request } from '../api/use-request';
import { useNotify } from '../elements';
import { useText, useTextWithFallback } from '../text';
import { savedValue, type FieldName, type TextFieldName } from './fields';

/** The connection that is being edited. It lives as long as the page, whatever tab is open. */
export interface ConnectionForm {
  readonly isDirty: boolean;
  readonly isSaving: boolean;
  /** Why the last save failed. */
  readonly error: unknown;
  /** What is wrong with a field, in words. */
  readonly errors: Partial<Record<FieldName, string>>;
  readonly changes: ConnectionChange;
  change: (change: ConnectionChange) => void;
  /** Takes back the change of one field. */
  revert: (field: FieldName) => void;
  discard: () => void;
  /** Saves; `onRefused` gets the first field that is wrong. */
  save: (onRefused: (field: FieldName | undefined) => void) => void;
}

/** Keeps what was typed until it is saved. */
export function useConnectionForm({ data, replace }: Request<SettingsView>): ConnectionForm {
  const text = useText();
  const textOf = useTextWithFallback();
  const notify = useNotify();
  const { run, reset, isRunning, error } = useSaveConnection();
  const [changes, setChanges] = useState<ConnectionChange>({});
  const [errors, setErrors] = useState<ConnectionForm['errors']>({});

  const different = useMemo(() => (data ? differences(data, changes) : {}), [data, changes]);

  const change = useCallback((more: ConnectionChange) => {
    setChanges((before) => ({ ...before, ...more }));
    setErrors((before) => without(before, Object.keys(more) as FieldName[]));
  }, []);
  const revert = useCallback((field: FieldName) => {
    setChanges((before) => without(before, [field]));
    setErrors((before) => without(before, [field]));
  }, []);

  const save: ConnectionForm['save'] = (onRefused) => {
    setErrors({});
    run(different, {
      onSuccess: (view) => {
        setChanges((now) => unsaved(now, different));
        replace(view);
        notify('success', text('connection.saved'));
      },
      onError: (reason) => {
        const issues = Object.entries(issuesIn(reason));
        const found = issues.map(
          ([field, { code, message }]) => [field, textOf(`problem.${code}`, message)] as const,
        );
        setErrors(Object.fromEntries(found));
        notify(
          'error',
          text(issues.length > 0 ? 'form.not-saved' : 'form.failed', {
            reason: describeFailure(reason, text),
          }),
        );
        onRefused(issues[0]?.[0] as FieldName | undefined);
      },
    });
  };

  return {
    isDirty: Object.keys(different).length > 0,
    isSaving: isRunning,
    error: Object.keys(errors).length > 0 ? undefined : error,
    errors,
    changes,
    change,
    revert,
    discard: () => {
      setChanges({});
      setErrors({});
      reset();
    },
    save,
  };
}

/** The changes that make a difference. */
function differences(view: SettingsView, changes: ConnectionChange): ConnectionChange {
  const entries = Object.entries(changes).filter(([field, value]) => {
    if (field === 'enabled') return value !== view.enabled;
    const name = field as TextFieldName;
    if (view.connection[name].locked) return false;
    if (name === 'clientSecret' && value === '') return view.connection[name].value === 'set';
    return (value as string).trim() !== savedValue(view, name);
  });
  return Object.fromEntries(entries);
}

function without<T extends object>(values: T, keys: readonly (keyof T)[]): T {
  const left = Object.entries(values).filter(([key]) => !keys.includes(key as keyof T));
  return Object.fromEntries(left) as T;
}

/** What was typed while the rest was being saved. */
function unsaved(now: ConnectionChange, saved: ConnectionChange): ConnectionChange {
  const keys = (Object.keys(now) as FieldName[]).filter((key) => now[key] === saved[key]);
  return without(now, keys);
}
