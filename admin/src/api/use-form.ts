import { useMemo, useState } from 'react';
import type { SettingsView } from '../../../server/admin-contract';
import { useNotify } from '../elements';
import { useText, type TextKey } from '../text';
import { describeFailure, issuesIn, type ServerIssue } from './failure';
import type { Action, Request } from './use-request';

/** Settings that are being edited. They live as long as the page, even if another tab is open. */
export interface Form<Changes, Problem> {
  readonly isDirty: boolean;
  readonly isSaving: boolean;
  /** Why the last save failed, unless {@link errors} say it. */
  readonly error: unknown;
  /** The mistakes, by setting. */
  readonly errors: Partial<Record<keyof Changes, Problem>>;
  /** The unsaved changes. */
  readonly changes: Changes;
  change: (changes: Changes) => void;
  /** Takes back the change of one setting. */
  revert: (name: keyof Changes) => void;
  discard: () => void;
  /** Saves; `onRefused` gets the first setting that has to be corrected. */
  save: (onRefused: (name: keyof Changes | undefined) => void) => void;
}

interface FormOptions<Changes, Problem> {
  readonly settings: Request<SettingsView>;
  readonly action: Action<Changes, SettingsView>;
  /** The changes that make a difference. */
  readonly differences: (view: SettingsView, changes: Changes) => Changes;
  /** The mistakes that can be found without the server. */
  readonly validate?: (changes: Changes) => Form<Changes, Problem>['errors'];
  readonly toProblem: (issue: ServerIssue) => Problem;
  readonly saved: TextKey;
}

/** Keeps the changes separate from the settings that apply, so a new response does not discard them. */
export function useForm<Changes extends object, Problem>(
  options: FormOptions<Changes, Problem>,
): Form<Changes, Problem> {
  type Errors = Form<Changes, Problem>['errors'];
  const { settings, action, differences, validate, toProblem, saved } = options;
  const text = useText();
  const notify = useNotify();
  const [changes, setChanges] = useState({} as Changes);
  const [errors, setErrors] = useState<Errors>({});
  const { data } = settings;
  const different = useMemo(
    () => (data ? differences(data, changes) : ({} as Changes)),
    [data, changes, differences],
  );
  const hasErrors = Object.keys(errors).length > 0;

  return {
    isDirty: Object.keys(different).length > 0,
    isSaving: action.isRunning,
    error: hasErrors ? undefined : action.error,
    errors,
    changes,
    change: (more) => {
      setChanges((before) => ({ ...before, ...more }));
      setErrors((before) => without(before, Object.keys(more)));
    },
    revert: (name) => {
      setChanges((before) => without(before, [name]));
      setErrors((before) => without(before, [name]));
    },
    discard: () => {
      setChanges({} as Changes);
      setErrors({});
      action.reset();
    },
    save: (onRefused) => {
      const refuse = (found: Errors, message: string) => {
        setErrors(found);
        notify('error', message);
        onRefused(Object.keys(found)[0] as keyof Changes | undefined);
      };
      const invalid = validate?.(different) ?? {};
      if (Object.keys(invalid).length > 0) {
        refuse(invalid, text('form.not-saved'));
        return;
      }
      setErrors({});
      action.run(different, {
        onSuccess: (view) => {
          settings.replace(view);
          const names = Object.keys(different) as (keyof Changes)[];
          // Input from during the save stays.
          setChanges((now) =>
            without(
              now,
              names.filter((name) => now[name] === different[name]),
            ),
          );
          notify('success', text(saved));
        },
        onError: (reason) => {
          const issues = Object.entries(issuesIn(reason));
          const found = issues.map(([name, issue]) => [name, toProblem(issue)] as const);
          const message =
            issues.length > 0
              ? text('form.not-saved')
              : text('form.failed', { reason: describeFailure(reason, text) });
          refuse(Object.fromEntries(found) as Errors, message);
        },
      });
    },
  };
}

function without<T extends object>(values: T, names: readonly PropertyKey[]): T {
  const left = Object.entries(values).filter(([name]) => !names.includes(name));
  return Object.fromEntries(left) as T;
}
