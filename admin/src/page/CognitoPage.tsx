import { useEffect, useState } from 'react';
import { Accounts } from '../accounts';
import { useDraft } from '../accounts/use-draft';
import { useSettings } from '../api/settings';
import { Checks } from '../checks';
import { useChecks } from '../checks/use-checks';
import { Failure } from '../components/Failure';
import { Progress } from '../components/Progress';
import { focusSetting } from '../components/SettingFrame';
import { Connection } from '../connection';
import { useConnectionForm } from '../connection/use-connection';
import { Button, Flex, SettingsPage, Tabs } from '../elements';
import type { Permissions } from '../permissions';
import { useText } from '../text';
import { Users } from '../users';
import { useSearch } from '../users/use-search';
import { LeaveWarning } from './LeaveWarning';
import { tabsFor, useTab, type TabName } from './tabs';

/** The page with all its tabs. What is typed, found and searched lives here, and so outlives a tab. */
export function CognitoPage({ permissions }: { readonly permissions: Permissions }) {
  const text = useText();
  const settings = useSettings(permissions.readSettings);
  const connection = useConnectionForm(settings);
  const draft = useDraft(settings);
  const checks = useChecks();
  const search = useSearch();
  const tabs = tabsFor(permissions);
  const [tab, showTab] = useTab(tabs);
  const openTab = (name: TabName) => {
    showTab(name);
    // A login in the meantime, or another admin, may have changed them.
    if (name !== tab && (name === 'connection' || name === 'accounts')) settings.refetch();
  };
  const focusLater = useLaterFocus();

  const goTo = (name: TabName, setting: string | undefined) => {
    openTab(name);
    if (setting !== undefined) focusLater(setting);
  };
  const save = () => {
    if (connection.isDirty) connection.save((field) => goTo('connection', field));
    if (draft.isDirty) draft.save((name) => goTo('accounts', name));
  };
  const discard = () => {
    connection.discard();
    draft.discard();
  };

  const panel = (name: TabName) => {
    if (name === 'checks') {
      return <Checks checks={checks} onSetting={goTo} />;
    }
    if (name === 'users') return <Users permissions={permissions} search={search} />;
    const { data, error, isFetching, refetch, replace } = settings;
    return (
      <Flex direction="column" alignItems="stretch" gap={6}>
        {Boolean(error) && (
          <Failure
            title={text('page.failed')}
            error={error}
            retrying={isFetching}
            onRetry={refetch}
          />
        )}
        {!data && !error && <Progress />}
        {data && name === 'connection' && (
          <Connection
            settings={data}
            form={connection}
            permissions={permissions}
            onSettings={replace}
            onChecks={() => openTab('checks')}
          />
        )}
        {data && name === 'accounts' && (
          <Accounts settings={data} permissions={permissions} draft={draft} />
        )}
      </Flex>
    );
  };

  const isDirty = connection.isDirty || draft.isDirty;
  const isSaving = connection.isSaving || draft.isSaving;
  const canSave =
    (tab === 'connection' && permissions.updateProviders) ||
    (tab === 'accounts' && permissions.updateSettings) ||
    isDirty;
  return (
    <SettingsPage
      title={text('page.title')}
      subtitle={text('page.subtitle')}
      isBusy={(!settings.data && settings.isFetching) || isSaving}
      primaryAction={
        canSave && (
          <Flex gap={2}>
            {isDirty && (
              <Button variant="tertiary" disabled={isSaving} onClick={discard}>
                {text('form.discard')}
              </Button>
            )}
            <Button startIcon="check" disabled={!isDirty} loading={isSaving} onClick={save}>
              {text('form.save')}
            </Button>
          </Flex>
        )
      }
    >
      <LeaveWarning isDirty={isDirty} />
      {tab && (
        <Tabs
          label={text('page.tabs')}
          tabs={tabs.map((name) => ({ name, label: text(`tab.${name}`) }))}
          selected={tab}
          onSelect={(name) => openTab(name as TabName)}
        >
          {(name) => panel(name as TabName)}
        </Tabs>
      )}
    </SettingsPage>
  );
}

/** Moves the focus to a setting as soon as its tab is shown, which may be a few renders later. */
function useLaterFocus(): (setting: string) => void {
  const [wanted, want] = useState<string>();
  useEffect(() => {
    if (wanted !== undefined && focusSetting(wanted)) want(undefined);
  });
  return want;
}
