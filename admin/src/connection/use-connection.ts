import type { ConnectionChange, SettingsView } from '../../../server/admin-contract';
import { useSaveConnection } from '../api/settings';
import { useForm, type Form } from '../api/use-form';
import type { Request } from '../api/use-request';
import { useTextWithFallback, type TextKey } from '../text';

/** The connection that is being edited, and the mistakes in its fields, as sentences. */
export type ConnectionForm = Form<ConnectionChange, string>;

/** Keeps the input until it is saved. */
export function useConnectionForm(settings: Request<SettingsView>): ConnectionForm {
  const textOf = useTextWithFallback();
  return useForm<ConnectionChange, string>({
    settings,
    action: useSaveConnection(),
    differences,
    toProblem: ({ code, message }) => textOf(`problem.${code}`, message),
    saved: 'connection.saved',
  });
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

/** A text field. */
export type TextFieldName = Exclude<keyof ConnectionChange, 'enabled'>;

/** The texts of a field. */
interface FieldTexts {
  readonly label: TextKey;
  readonly hint: TextKey;
  readonly placeholder: string;
}

/** The fields in the order of the form. */
export const textFields: readonly TextFieldName[] = [
  'domain',
  'clientId',
  'clientSecret',
  'callback',
  'userPool',
];

export const fieldTexts: Readonly<Record<TextFieldName, FieldTexts>> = {
  domain: {
    label: 'connection.domain',
    hint: 'connection.domain.hint',
    placeholder: 'my-app.auth.eu-west-1.amazoncognito.com',
  },
  clientId: {
    label: 'connection.client-id',
    hint: 'connection.client-id.hint',
    placeholder: '1example23456789',
  },
  clientSecret: {
    label: 'connection.client-secret',
    hint: 'connection.client-secret.hint',
    placeholder: '',
  },
  callback: {
    label: 'connection.callback',
    hint: 'connection.callback.hint',
    placeholder: 'https://www.example.com/connect/cognito/redirect',
  },
  userPool: {
    label: 'connection.user-pool',
    hint: 'connection.user-pool.hint',
    placeholder: 'eu-west-1_AbCdEfGhI',
  },
};

/** The saved value of a field. The secret itself is never known here. */
export function savedValue({ connection }: SettingsView, field: TextFieldName): string {
  return field === 'clientSecret' ? '' : (connection[field].value ?? '');
}

/** The field that a problem of the connection is about; `undefined` for problems with other settings. */
export function fieldOfProblem(code: string): TextFieldName | undefined {
  return textFields.find((field) => code.startsWith(`${field}.`));
}

/** Whether a field can be left empty. */
export const isOptional = (field: TextFieldName): boolean =>
  field === 'clientSecret' || field === 'userPool';
