import type { AccountSettings, SettingsView } from '../../../server/admin-contract';
import { Columns } from '../components/Columns';
import { Failure } from '../components/Failure';
import { Notice } from '../components/Notice';
import { Panel } from '../components/Panel';
import { Box, Flex, TextField, Typography } from '../elements';
import type { Permissions } from '../permissions';
import { useText } from '../text';
import { AttributesTable } from './AttributesTable';
import { isChanged, type SettingName } from './draft';
import { GroupField } from './GroupField';
import { LinkingSelect } from './LinkingSelect';
import { RolesTable } from './RolesTable';
import { Setting } from './Setting';
import { Toggle } from './Toggle';
import type { Draft } from './use-draft';
import { ValueList } from './ValueList';

interface AccountsProps {
  readonly settings: SettingsView;
  readonly permissions: Permissions;
  readonly draft: Draft;
}

/** The tab that says which Strapi user a Cognito account is, and what that user gets. */
export function Accounts({ settings, permissions, draft }: AccountsProps) {
  const text = useText();
  const { accounts, functions, roles, fields, configFiles } = settings;
  const { updateSettings, updateRoles } = permissions;
  const values = draft.valuesOver(settings);

  const canEdit = (name: SettingName) =>
    updateSettings && !accounts[name].locked && (name !== 'roles' || updateRoles);
  const framed = (name: SettingName) => ({
    name,
    label: text(`accounts.${name}`),
    hint: text(`accounts.${name}.hint`),
    inForce: accounts[name],
    files: configFiles,
    error: draft.errors[name]?.message,
    onReset:
      canEdit(name) && isChanged(settings, values, name)
        ? () => draft.change(name, null)
        : undefined,
  });
  const editing = <Name extends SettingName>(name: Name) => ({
    label: text(`accounts.${name}`),
    value: values[name],
    canEdit: canEdit(name),
    invalid: draft.errors[name]?.cells ?? [],
    onChange: (value: AccountSettings[Name]) => draft.change(name, value),
  });

  return (
    <Flex direction="column" alignItems="stretch" gap={6}>
      {Boolean(draft.error) && <Failure title={text('form.not-saved')} error={draft.error} />}
      {!updateSettings && (
        <Notice tone="primary" title={text('accounts.read-only.title')}>
          <Typography as="p" textColor="neutral800">
            {text('accounts.read-only.hint')}
          </Typography>
        </Notice>
      )}
      {functions.length > 0 && (
        <Notice tone="primary" title={text('accounts.functions.title')}>
          <Typography as="p" textColor="neutral800">
            {text('accounts.functions.hint', { functions: functions.join(', ') })}
          </Typography>
        </Notice>
      )}

      <Panel title={text('accounts.who.title')} hint={text('accounts.who.hint')}>
        <Columns>
          <Setting {...framed('linking')}>
            <LinkingSelect {...editing('linking')} />
          </Setting>
          <Setting {...framed('requiredGroups')}>
            <ValueList
              {...editing('requiredGroups')}
              isOrdered={false}
              itemLabel={(position) => text('accounts.requiredGroups.item', { position })}
              addLabel={text('accounts.requiredGroups.add')}
              emptyText={text('accounts.requiredGroups.empty')}
              renderField={(field) => <GroupField {...field} />}
            />
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
          <ValueList
            {...editing('username')}
            isOrdered
            itemLabel={(position) => text('accounts.username.item', { position })}
            addLabel={text('accounts.username.add')}
            emptyText={text('accounts.username.empty')}
            renderField={({ label, value, canEdit: isEditable, error, onChange }) => (
              <TextField
                aria-label={label}
                value={value}
                error={error}
                disabled={!isEditable}
                spellCheck={false}
                autoComplete="off"
                onChange={onChange}
              />
            )}
          />
        </Setting>
      </Panel>
    </Flex>
  );
}
