import { useEffect, useState } from 'react';
import { Accounts } from '../accounts';
import { useDraft } from '../accounts/draft';
import { useSettings } from '../api/settings';
import { Checks } from '../checks';
import { useChecks } from '../checks/use-checks';
import { Requested } from '../components/Requested';
import { focusSetting } from '../components/SettingFrame';
import { Connection } from '../connection';
import { useConnectionForm } from '../connection/use-connection';
import { Button, Flex, LeavePrompt, SettingsPage, Tabs, useUrlParameter } from '../elements';
import type { Permissions } from '../permissions';
import { pagePath } from '../plugin';
import { useText } from '../text';
import { Users } from '../users';
import { useSearch } from '../users/use-search';

/** A tab of the page, by its name in the URL. */
type TabName = 'connection' | 'checks' | 'accounts' | 'users';

/** The tabs for an admin with these permissions. */
function tabsFor({ readSettings, readIdentities }: Permissions): readonly TabName[] {
  return [
    ...(readSettings ? (['connection', 'checks', 'accounts'] as const) : []),
    ...(readIdentities ? (['users'] as const) : []),
  ];
}

/** The page with all its tabs. Input, results and searches live here, so they survive a change of the tab. */
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
    // A login or another admin may have changed them since.
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
    if (name === 'checks') return <Checks checks={checks} onSetting={goTo} />;
    if (name === 'users') return <Users permissions={permissions} search={search} />;
    return (
      <Requested request={settings} failed={text('page.failed')}>
        {(data) =>
          name === 'connection' ? (
            <Connection
              settings={data}
              form={connection}
              permissions={permissions}
              onSettings={settings.replace}
              onChecks={() => openTab('checks')}
            />
          ) : (
            <Accounts settings={data} permissions={permissions} draft={draft} />
          )
        }
      </Requested>
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

/** The open tab. It is in the URL, so it survives a reload and can be sent to a colleague. */
function useTab(tabs: readonly TabName[]): [TabName | undefined, (tab: TabName) => void] {
  const [wanted, open] = useUrlParameter('tab');
  return [tabs.find((name) => name === wanted) ?? tabs[0], open];
}

/** Asks before unsaved changes are lost through a link, the back button, or closing the window. */
function LeaveWarning({ isDirty }: { readonly isDirty: boolean }) {
  const text = useText();
  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isDirty]);
  // Another tab of the page loses nothing.
  return <LeavePrompt when={isDirty} message={text('form.leave')} except={pagePath} />;
}
