import { useEffect, useState } from 'react';
import { Accounts } from '../accounts';
import { useDraft } from '../accounts/use-draft';
import { useSettings } from '../api/settings';
import { Checks } from '../checks';
import { useChecks } from '../checks/use-checks';
import { Failure } from '../components/Failure';
import { Progress } from '../components/Progress';
import { Connection } from '../connection';
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
  const draft = useDraft(settings);
  const checks = useChecks();
  const search = useSearch();
  const tabs = tabsFor(permissions);
  const [tab, openTab] = useTab(tabs);
  const focusInvalid = useInvalidFocus();

  const save = () =>
    draft.save(() => {
      openTab('accounts');
      focusInvalid();
    });

  const panel = (name: TabName) => {
    if (name === 'checks') return <Checks checks={checks} />;
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
          <Connection settings={data} canUpdate={permissions.updateSettings} onSettings={replace} />
        )}
        {data && name === 'accounts' && (
          <Accounts settings={data} canUpdate={permissions.updateSettings} draft={draft} />
        )}
      </Flex>
    );
  };

  return (
    <SettingsPage
      title={text('page.title')}
      subtitle={text('page.subtitle')}
      isBusy={(!settings.data && settings.isFetching) || draft.isSaving}
      primaryAction={
        permissions.updateSettings &&
        (tab === 'accounts' || draft.isDirty) && (
          <Flex gap={2}>
            {draft.isDirty && (
              <Button variant="tertiary" disabled={draft.isSaving} onClick={draft.discard}>
                {text('accounts.discard')}
              </Button>
            )}
            <Button
              startIcon="check"
              disabled={!draft.isDirty}
              loading={draft.isSaving}
              onClick={save}
            >
              {text('accounts.save')}
            </Button>
          </Flex>
        )
      }
    >
      <LeaveWarning isDirty={draft.isDirty} />
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

/** Moves the focus to the first invalid setting, as soon as it is shown. */
function useInvalidFocus(): () => void {
  const [wanted, want] = useState(0);
  useEffect(() => {
    if (wanted === 0) return;
    const complaint = document.querySelector('[data-complaint]');
    const control = complaint
      ?.closest('[data-setting]')
      ?.querySelector<HTMLElement>('input, button, [role="combobox"]');
    control?.focus();
  }, [wanted]);
  return () => want((times) => times + 1);
}
