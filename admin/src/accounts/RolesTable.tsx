import type { AccountSettings, SettingsView } from '../../../server/admin-contract';
import { Rows } from '../components/Rows';
import { useText } from '../text';
import { Cell } from './Cell';
import { Choice } from './Choice';
import { GroupField } from './GroupField';
import type { Editing } from './Setting';

interface RolesTableProps extends Editing<AccountSettings['roles']> {
  readonly roles: SettingsView['roles'];
}

/** Which role the users of a group get; the first row that matches decides. */
export function RolesTable(props: RolesTableProps) {
  const { label, value, canEdit, onChange, invalid, roles } = props;
  const text = useText();
  const options = roles.map(({ type, name }) => ({ value: type, label: name }));
  return (
    <Rows
      label={label}
      rows={value}
      onChange={onChange}
      canEdit={canEdit}
      isOrdered
      newRow={{ group: '', role: '' }}
      addLabel={text('accounts.roles.add')}
      emptyText={text('accounts.roles.empty')}
      nameOf={({ group }) => group}
      renderCells={({ group, role }, replace, position) => (
        <>
          <Cell invalid={invalid} row={position - 1} column={0}>
            {(isInvalid) => (
              <GroupField
                label={text('accounts.roles.group', { position })}
                value={group}
                canEdit={canEdit}
                error={isInvalid ? text('validation.cell') : undefined}
                onChange={(typed) => replace({ group: typed, role })}
              />
            )}
          </Cell>
          <Cell invalid={invalid} row={position - 1} column={1}>
            {(isInvalid) => (
              <Choice
                label={text('accounts.roles.role', { position })}
                placeholder={text('accounts.roles.role.placeholder')}
                value={role}
                options={options}
                canEdit={canEdit}
                error={isInvalid ? text('validation.cell') : undefined}
                onChange={(chosen) => replace({ group, role: chosen })}
              />
            )}
          </Cell>
        </>
      )}
    />
  );
}
