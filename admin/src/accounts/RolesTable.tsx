import type { AccountSettings, SettingsView } from '../../../server/admin-contract';
import { Rows } from '../components/Rows';
import { TextField } from '../elements';
import { useText } from '../text';
import { Choice } from './Choice';
import type { Editing } from './Setting';

interface RolesTableProps extends Editing<AccountSettings['roles']> {
  readonly roles: SettingsView['roles'];
}

/** Which role a group of Cognito brings; the first row that fits decides. */
export function RolesTable({ label, value, canEdit, onChange, roles }: RolesTableProps) {
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
          <TextField
            aria-label={text('accounts.roles.group', { position })}
            placeholder={text('accounts.roles.group.placeholder')}
            value={group}
            disabled={!canEdit}
            spellCheck={false}
            autoComplete="off"
            onChange={(typed) => replace({ group: typed, role })}
          />
          <Choice
            label={text('accounts.roles.role', { position })}
            placeholder={text('accounts.roles.role.placeholder')}
            value={role}
            options={options}
            canEdit={canEdit}
            onChange={(chosen) => replace({ group, role: chosen })}
          />
        </>
      )}
    />
  );
}
