import type { AccountSettings, SettingsView } from '../../../server/admin-contract';
import { Columns } from '../components/Columns';
import { Failure } from '../components/Failure';
import { Notice } from '../components/Notice';
import { Panel } from '../components/Panel';
import { Box, Flex, Typography } from '../elements';
import { useText } from '../text';
import { AttributesTable } from './AttributesTable';
import type { SettingName } from './draft';
import { LinkingSelect } from './LinkingSelect';
import { RolesTable } from './RolesTable';
import { Setting } from './Setting';
import { Toggle } from './Toggle';
import type { Draft } from './use-draft';
import { ValueList } from './ValueList';

interface AccountsProps {
  readonly settings: SettingsView;
  readonly canUpdate: boolean;
  readonly draft: Draft;
}

/** The tab that says which Strapi user a person of Cognito is, and what that user gets. */
export function Accounts({ settings, canUpdate, draft }: AccountsProps) {
  const text = useText();
  const { accounts, functions, roles, fields } = settings;
  const values = draft.valuesOver(accounts);

  const canEdit = (name: SettingName) => canUpdate && !accounts[name].locked;
  const framed = (name: SettingName) => ({
    name,
    label: text(`accounts.${name}`),
    hint: text(`accounts.${name}.hint`),
    inForce: accounts[name],
    complaint: draft.complaints[name],
  });
  const editing = <Name extends SettingName>(name: Name) => ({
    label: text(`accounts.${name}`),
    value: values[name],
    canEdit: canEdit(name),
    onChange: (value: AccountSettings[Name]) => draft.change(name, value),
  });

  return (
    <Flex direction="column" alignItems="stretch" gap={6}>
      {Boolean(draft.error) && <Failure title={text('accounts.save-failed')} error={draft.error} />}
      {!canUpdate && (
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
          />
        </Setting>
      </Panel>
    </Flex>
  );
}
