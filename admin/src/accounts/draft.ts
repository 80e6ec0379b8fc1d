import type { AccountSettings, SettingsChange, SettingsView } from '../../../server/admin-contract';
import { useSaveSettings } from '../api/settings';
import { useForm, type Form } from '../api/use-form';
import type { Request } from '../api/use-request';
import { useText, type TextKey, type TextValues } from '../text';

/** The name of a setting on the page. */
export type SettingName = keyof AccountSettings;

/** The mistake in a setting, as a sentence, and the invalid cells of its rows. */
export interface SettingError {
  readonly message: string;
  /** Row and column, from 0. */
  readonly cells: readonly (readonly [row: number, column: number])[];
}

/** The unsaved changes; `null` resets to the default. */
export type Draft = Form<SettingsChange, SettingError>;

/** Keeps the settings that are being edited. */
export function useDraft(settings: Request<SettingsView>): Draft {
  const text = useText();
  return useForm<SettingsChange, SettingError>({
    settings,
    action: useSaveSettings(),
    differences,
    validate: (changes) => {
      const found = invalidSettings(changes).map(
        ([name, { key, values, cells }]) => [name, { message: text(key, values), cells }] as const,
      );
      return Object.fromEntries(found);
    },
    toProblem: ({ message }) => ({ message, cells: [] }),
    saved: 'accounts.saved',
  });
}

type View = Pick<SettingsView, 'accounts' | 'defaults'>;

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The settings with the changes applied. A setting that has been locked since keeps its value. */
export function withChanges({ accounts, defaults }: View, changes: SettingsChange) {
  const values = (Object.keys(accounts) as SettingName[]).map((name) => {
    const { locked, value } = accounts[name];
    const changed = locked ? undefined : changes[name];
    return [name, changed === undefined ? value : (changed ?? defaults[name])] as const;
  });
  return Object.fromEntries(values) as unknown as AccountSettings;
}

/** Whether a setting is not at its default. */
export function isChanged({ defaults }: View, values: AccountSettings, name: SettingName): boolean {
  return !isSame(values[name], defaults[name]);
}

/** The changes that make a difference, to save. */
function differences({ accounts }: View, changes: SettingsChange): SettingsChange {
  const different = (Object.keys(changes) as SettingName[]).filter((name) => {
    const { locked, source, value } = accounts[name];
    if (locked) return false;
    return changes[name] === null ? source === 'saved' : !isSame(value, changes[name]);
  });
  return Object.fromEntries(different.map((name) => [name, changes[name]]));
}

interface Invalid {
  readonly key: TextKey;
  readonly values?: TextValues;
  readonly cells: SettingError['cells'];
}

/** The mistakes in changes that can be found without the server, by setting. */
function invalidSettings(changes: SettingsChange): [SettingName, Invalid][] {
  const { requiredGroups, roles, attributes, username } = changes;
  const found: [SettingName, Invalid | undefined][] = [
    ['requiredGroups', inRows(requiredGroups?.map((group) => [group]))],
    [
      'username',
      username?.length === 0
        ? { key: 'validation.username', cells: [] }
        : inRows(username?.map((claim) => [claim])),
    ],
    ['roles', inRows(roles?.map(({ group, role }) => [group, role]))],
    // One claim may fill several fields, but no field can be filled by several claims.
    [
      'attributes',
      inRows(
        attributes?.map(({ claim, field }) => [claim, field]),
        1,
      ),
    ],
  ];
  return found.flatMap(([name, invalid]) => (invalid ? [[name, invalid]] : []));
}

/** Checks that no cell is empty, and that no two rows have the same value in the column that has to be unique. */
function inRows(rows: readonly (readonly string[])[] | undefined, unique = 0): Invalid | undefined {
  if (!rows) return undefined;
  const empty = rows.flatMap((row, at) =>
    row.flatMap((value, column) => (value.trim() === '' ? [[at, column] as const] : [])),
  );
  if (empty.length > 0) return { key: 'validation.empty', cells: empty };
  const values = rows.map((row) => row[unique] ?? '');
  const name = values.find((value, at) => values.indexOf(value) < at);
  if (name === undefined) return undefined;
  const cells = values.flatMap((value, at) => (value === name ? [[at, unique] as const] : []));
  return { key: 'validation.duplicate', values: { name }, cells };
}
