import type { TextKey } from '../text';
import type { Changes, SettingName } from './draft';

/** What is wrong with a setting, and where in its rows. */
export interface Invalid {
  readonly text: TextKey;
  readonly values?: { readonly name: string };
  /** Row and column, from 0. */
  readonly cells: readonly (readonly [row: number, column: number])[];
}

/** What is wrong with changes and can be said without asking the server, by the setting. */
export function invalidSettings(changes: Changes): Partial<Record<SettingName, Invalid>> {
  const { requiredGroups, roles, attributes, username } = changes;
  const found: Partial<Record<SettingName, Invalid | undefined>> = {
    requiredGroups: inRows(
      requiredGroups?.map((group) => [group]),
      0,
    ),
    username:
      username?.length === 0
        ? { text: 'validation.username', cells: [] }
        : inRows(
            username?.map((claim) => [claim]),
            0,
          ),
    roles: inRows(
      roles?.map(({ group, role }) => [group, role]),
      0,
    ),
    // One claim may fill several fields, but no field can be filled by several claims.
    attributes: inRows(
      attributes?.map(({ claim, field }) => [claim, field]),
      1,
    ),
  };
  const entries = Object.entries(found) as [SettingName, Invalid | undefined][];
  return Object.fromEntries(entries.filter(([, invalid]) => invalid !== undefined));
}

/** Checks that no cell is empty, and that no two rows have the same value in the column that has to be unique. */
function inRows(
  rows: readonly (readonly string[])[] | undefined,
  unique: number,
): Invalid | undefined {
  if (!rows) return undefined;
  const empty = rows.flatMap((row, at) =>
    row.flatMap((value, column) => (value.trim() === '' ? [[at, column] as const] : [])),
  );
  if (empty.length > 0) return { text: 'validation.empty', cells: empty };
  const values = rows.map((row) => row[unique] ?? '');
  const name = values.find((value, at) => values.indexOf(value) < at);
  if (name === undefined) return undefined;
  const cells = values.flatMap((value, at) => (value === name ? [[at, unique] as const] : []));
  return { text: 'validation.duplicate', values: { name }, cells };
}
