import type { AccountSettings, SettingsView } from '../../../server/admin-contract';
import { Failure } from '../components/Failure';
import { Columns } from '../components/layout';
import { Notice } from '../components/Notice';
import { Panel } from '../components/Panel';
import { Paragraph } from '../components/Paragraph';
import { Box, Flex, SelectField, ToggleField } from '../elements';
import type { Permissions } from '../permissions';
import { useText } from '../text';
import { isChanged, withChanges, type Draft, type SettingName } from './draft';
import { AttributesTable, RequiredGroups, RolesTable, UsernameClaims } from './lists';
import { Setting, type Editing } from './Setting';

interface AccountsProps {
  readonly settings: SettingsView;
  readonly permissions: Permissions;
  readonly draft: Draft;
}

/** The tab with the settings for the Strapi user of a Cognito account. */
export function Accounts({ settings, permissions, draft }: AccountsProps) {
  const text = useText();
  const { accounts, functions, roles, fields } = settings;
  const { updateSettings, updateRoles } = permissions;
  const values = withChanges(settings, draft.changes);

  const canEdit = (name: SettingName) =>
    updateSettings && !accounts[name].locked && (name !== 'roles' || updateRoles);
  const framed = (name: SettingName) => ({
    name,
    label: text(`accounts.${name}`),
    hint: text(`accounts.${name}.hint`),
    locked: accounts[name].locked,
    error: draft.errors[name]?.message,
    onReset:
      canEdit(name) && isChanged(settings, values, name)
        ? () => draft.change({ [name]: null })
        : undefined,
  });
  const editing = <Name extends SettingName>(name: Name): Editing<Name> => ({
    label: text(`accounts.${name}`),
    value: values[name],
    canEdit: canEdit(name),
    invalid: draft.errors[name]?.cells ?? [],
    onChange: (value: AccountSettings[Name]) => draft.change({ [name]: value }),
  });

  return (
    <Flex direction="column" alignItems="stretch" gap={6}>
      {Boolean(draft.error) && <Failure title={text('form.not-saved')} error={draft.error} />}
      {!updateSettings && (
        <Notice
          tone="primary"
          title={text('accounts.read-only.title')}
          hint={text('accounts.read-only.hint')}
        />
      )}
      {functions.length > 0 && (
        <Notice
          tone="primary"
          title={text('accounts.functions.title')}
          hint={text('accounts.functions.hint', { functions: functions.join(', ') })}
        />
      )}

      <Panel title={text('accounts.who.title')} hint={text('accounts.who.hint')}>
        <Columns>
          <Setting {...framed('linking')}>
            <LinkingSelect {...editing('linking')} />
          </Setting>
          <Setting {...framed('requiredGroups')}>
            <RequiredGroups {...editing('requiredGroups')} />
          </Setting>
          <Setting {...framed('requireVerifiedEmail')}>
            <Toggle {...editing('requireVerifiedEmail')} />
          </Setting>
          <Setting {...framed('syncOnLogin')}>
            <Toggle {...editing('syncOnLogin')} />
          </Setting>
        </Columns>
      </Panel>

      <Panel title={text('accounts.role.title')} hint={text('accounts.role.hint')}>
        {updateSettings && !updateRoles && (
          <Box paddingBottom={4}>
            <Notice tone="primary" title={text('accounts.roles.read-only')} />
          </Box>
        )}
        <Setting {...framed('roles')}>
          <RolesTable {...editing('roles')} roles={roles} />
        </Setting>
      </Panel>

      <Panel title={text('accounts.profile.title')} hint={text('accounts.profile.hint')}>
        <Box paddingBottom={7}>
          <Setting {...framed('attributes')}>
            <AttributesTable {...editing('attributes')} fields={fields} />
          </Setting>
        </Box>
        <Setting {...framed('username')}>
          <UsernameClaims {...editing('username')} />
        </Setting>
      </Panel>
    </Flex>
  );
}

const modes: readonly AccountSettings['linking'][] = ['never', 'explicit', 'verified-email'];

/** What happens if a new Cognito account has the email of a user. */
function LinkingSelect({ label, value, canEdit, onChange }: Editing<'linking'>) {
  const text = useText();
  return (
    <>
      <SelectField
        aria-label={label}
        value={value}
        options={modes.map((mode) => ({ value: mode, label: text(`linking.${mode}`) }))}
        disabled={!canEdit}
        onChange={(mode) => onChange(mode as AccountSettings['linking'])}
      />
      <Box paddingTop={2}>
        <Paragraph isSmall>{text(`linking.${value}.hint`)}</Paragraph>
      </Box>
    </>
  );
}

function Toggle(props: Editing<'requireVerifiedEmail' | 'syncOnLogin'>) {
  const { label, value, canEdit, onChange } = props;
  const text = useText();
  return (
    <ToggleField
      aria-label={label}
      value={value}
      disabled={!canEdit}
      offLabel={text('toggle.off')}
      onLabel={text('toggle.on')}
      onChange={onChange}
    />
  );
}
