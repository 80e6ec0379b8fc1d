import type { SettingsView } from '../../../server/admin-contract';
import { Rows, type CellProps } from '../components/Rows';
import { SelectField, TextField } from '../elements';
import { useText } from '../text';
import type { Editing } from './Setting';

/** The groups of which a user must be in at least one. */
export function RequiredGroups({ value, onChange, ...rest }: Editing<'requiredGroups'>) {
  const text = useText();
  return (
    <Rows
      {...rest}
      rows={value.map((group) => [group])}
      onChange={(rows) => onChange(rows.map(([group = '']) => group))}
      columns={[
        (cell, position) => (
          <GroupField label={text('accounts.requiredGroups.item', { position })} {...cell} />
        ),
      ]}
      addLabel={text('accounts.requiredGroups.add')}
      emptyText={text('accounts.requiredGroups.empty')}
    />
  );
}

interface RolesTableProps extends Editing<'roles'> {
  readonly roles: SettingsView['roles'];
}

/** The roles that the users of groups get. The first row that matches decides. */
export function RolesTable({ value, onChange, roles, ...rest }: RolesTableProps) {
  const text = useText();
  const options = roles.map(({ type, name }) => ({ value: type, label: name }));
  return (
    <Rows
      {...rest}
      rows={value.map(({ group, role }) => [group, role])}
      onChange={(rows) => onChange(rows.map(([group = '', role = '']) => ({ group, role })))}
      columns={[
        (cell, position) => (
          <GroupField label={text('accounts.roles.group', { position })} {...cell} />
        ),
        (cell, position) => (
          <Choice
            label={text('accounts.roles.role', { position })}
            placeholder={text('accounts.roles.role.placeholder')}
            options={options}
            {...cell}
          />
        ),
      ]}
      isOrdered
      addLabel={text('rows.add')}
      emptyText={text('accounts.roles.empty')}
    />
  );
}

interface AttributesTableProps extends Editing<'attributes'> {
  readonly fields: SettingsView['fields'];
}

/** The claims of the id_token that fill fields of the user. */
export function AttributesTable({ value, onChange, fields, ...rest }: AttributesTableProps) {
  const text = useText();
  const options = fields.map(({ name, type }) => ({ value: name, label: `${name} (${type})` }));
  return (
    <Rows
      {...rest}
      rows={value.map(({ claim, field }) => [claim, field])}
      onChange={(rows) => onChange(rows.map(([claim = '', field = '']) => ({ claim, field })))}
      columns={[
        (cell, position) => (
          <NameField
            label={text('accounts.attributes.claim', { position })}
            placeholder={text('accounts.attributes.claim.placeholder')}
            {...cell}
          />
        ),
        (cell, position) => (
          <Choice
            label={text('accounts.attributes.field', { position })}
            placeholder={text('accounts.attributes.field.placeholder')}
            options={options}
            {...cell}
          />
        ),
      ]}
      addLabel={text('rows.add')}
      emptyText={text('accounts.attributes.empty')}
    />
  );
}

/** The claims for the username, of which the first one present is used. */
export function UsernameClaims({ value, onChange, ...rest }: Editing<'username'>) {
  const text = useText();
  return (
    <Rows
      {...rest}
      rows={value.map((claim) => [claim])}
      onChange={(rows) => onChange(rows.map(([claim = '']) => claim))}
      columns={[
        (cell, position) => (
          <NameField label={text('accounts.username.item', { position })} {...cell} />
        ),
      ]}
      isOrdered
      addLabel={text('accounts.username.add')}
      emptyText={text('accounts.username.empty')}
    />
  );
}

interface NameFieldProps extends CellProps {
  readonly label: string;
  readonly placeholder?: string;
  readonly hint?: string;
}

/** A text field for a name in Cognito. */
const NameField = ({ label, ...rest }: NameFieldProps) => (
  <TextField aria-label={label} spellCheck={false} autoComplete="off" {...rest} />
);

/** Cognito itself puts the users of an identity provider into a group of this name. */
const AUTOMATIC = /^[a-z]+(?:-[a-z0-9]+)+_[0-9A-Za-z]+_(.+)$/;

/** A group of the user pool. */
function GroupField(props: CellProps & { readonly label: string }) {
  const text = useText();
  const [, provider] = AUTOMATIC.exec(props.value) ?? [];
  return (
    <NameField
      placeholder={text('accounts.group.placeholder')}
      hint={provider === undefined ? '' : text('accounts.group.automatic', { provider })}
      {...props}
    />
  );
}

interface ChoiceProps extends CellProps {
  readonly label: string;
  readonly placeholder: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** One of several values. A value that does not exist (any more) is shown as missing. */
function Choice({ label, options, value, ...rest }: ChoiceProps) {
  const text = useText();
  const isKnown = value === '' || options.some((option) => option.value === value);
  const missing = { value, label: text('choice.missing', { value }) };
  return (
    <SelectField
      aria-label={label}
      value={value}
      options={isKnown ? options : [missing, ...options]}
      {...rest}
    />
  );
}
