import type { AccountSettings, SettingsView } from '../../../server/admin-contract';
import { Rows } from '../components/Rows';
import { TextField } from '../elements';
import { useText } from '../text';
import { Cell } from './Cell';
import { Choice } from './Choice';
import type { Editing } from './Setting';

interface AttributesTableProps extends Editing<AccountSettings['attributes']> {
  readonly fields: SettingsView['fields'];
}

/** Which claim of the id_token fills which field of the user. */
export function AttributesTable(props: AttributesTableProps) {
  const { label, value, canEdit, onChange, invalid, fields } = props;
  const text = useText();
  const options = fields.map(({ name, type }) => ({ value: name, label: `${name} (${type})` }));
  return (
    <Rows
      label={label}
      rows={value}
      onChange={onChange}
      canEdit={canEdit}
      isOrdered={false}
      newRow={{ claim: '', field: '' }}
      addLabel={text('accounts.attributes.add')}
      emptyText={text('accounts.attributes.empty')}
      nameOf={({ claim }) => claim}
      renderCells={({ claim, field }, replace, position) => (
        <>
          <Cell invalid={invalid} row={position - 1} column={0}>
            {(isInvalid) => (
              <TextField
                aria-label={text('accounts.attributes.claim', { position })}
                placeholder={text('accounts.attributes.claim.placeholder')}
                value={claim}
                error={isInvalid ? text('validation.cell') : undefined}
                disabled={!canEdit}
                spellCheck={false}
                autoComplete="off"
                onChange={(typed) => replace({ claim: typed, field })}
              />
            )}
          </Cell>
          <Cell invalid={invalid} row={position - 1} column={1}>
            {(isInvalid) => (
              <Choice
                label={text('accounts.attributes.field', { position })}
                placeholder={text('accounts.attributes.field.placeholder')}
                value={field}
                options={options}
                canEdit={canEdit}
                error={isInvalid ? text('validation.cell') : undefined}
                onChange={(chosen) => replace({ claim, field: chosen })}
              />
            )}
          </Cell>
        </>
      )}
    />
  );
}
