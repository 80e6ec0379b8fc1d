import {
  Box,
  Button,
  ContentLayout,
  Divider,
  Flex,
  HeaderLayout,
  Main,
  Tab,
  TabGroup,
  TabPanel,
  TabPanels,
  Tabs,
} from '@strapi/design-system';
import { SettingsPageTitle, useFocusWhenNavigate } from '@strapi/helper-plugin';
import { Check } from '@strapi/icons';
import { useEffect, useState } from 'react';
import { Accounts } from '../accounts';
import { useDraft } from '../accounts/use-draft';
import { useSettings } from '../api/settings';
import { Checks } from '../checks';
import { useChecks } from '../checks/use-checks';
import { Connection } from '../connection';
import { Failure } from '../elements/Failure';
import { Progress } from '../elements/Progress';
import { People } from '../people';
import { useSearch } from '../people/use-search';
import type { Rights } from '../rights';
import { useText } from '../text';
import { LeaveWarning } from './LeaveWarning';
import { tabsFor, useTab, type TabName } from './tabs';

/** The page with all its tabs. What is typed, found and searched lives here, and so outlives a tab. */
export function CognitoPage({ rights }: { readonly rights: Rights }) {
  const text = useText();
  const settings = useSettings(rights.readSettings);
  const draft = useDraft(settings.data?.accounts);
  const checks = useChecks();
  const search = useSearch();
  const tabs = tabsFor(rights);
  const [tab, openTab] = useTab(tabs);
  const leadToMistake = useMistakeFocus();
  useFocusWhenNavigate();

  const save = () =>
    draft.save(() => {
      openTab('accounts');
      leadToMistake();
    });

  const panel = (name: TabName) => {
    if (name === 'checks') return <Checks checks={checks} />;
    if (name === 'people') return <People rights={rights} search={search} />;
    const { data, error, isFetching, refetch } = settings;
    return (
      <Flex direction="column" alignItems="stretch" gap={6}>
        {Boolean(error) && (
          <Failure
            title={text('page.failed')}
            error={error}
            retrying={isFetching}
            onRetry={() => void refetch()}
          />
        )}
        {!data && !error && <Progress />}
        {data && name === 'connection' && (
          <Connection settings={data} canUpdate={rights.updateSettings} />
        )}
        {data && name === 'accounts' && (
          <Accounts settings={data} canUpdate={rights.updateSettings} draft={draft} />
        )}
      </Flex>
    );
  };

  return (
    <Main aria-busy={settings.isLoading || draft.isSaving}>
      <SettingsPageTitle name={text('page.title')} />
      <HeaderLayout
        title={text('page.title')}
        subtitle={text('page.subtitle')}
        primaryAction={
          rights.updateSettings &&
          (tab === 'accounts' || draft.isDirty) && (
            <Flex gap={2}>
              {draft.isDirty && (
                <Button variant="tertiary" disabled={draft.isSaving} onClick={draft.discard}>
                  {text('accounts.discard')}
                </Button>
              )}
              <Button
                startIcon={<Check />}
                disabled={!draft.isDirty}
                loading={draft.isSaving}
                onClick={save}
              >
                {text('accounts.save')}
              </Button>
            </Flex>
          )
        }
      />
      <LeaveWarning isDirty={draft.isDirty} />
      <ContentLayout>
        <TabGroup
          id="cognito"
          variant="simple"
          label={text('page.tabs')}
          selectedTabIndex={tab ? tabs.indexOf(tab) : 0}
          onTabChange={(index) => {
            const next = tabs[index];
            if (next) openTab(next);
          }}
        >
          <Tabs>
            {tabs.map((name) => (
              <Tab key={name}>{text(`tab.${name}`)}</Tab>
            ))}
          </Tabs>
          <Divider />
          <TabPanels>
            {tabs.map((name) => (
              <TabPanel key={name}>
                <Box paddingTop={6}>{panel(name)}</Box>
              </TabPanel>
            ))}
          </TabPanels>
        </TabGroup>
      </ContentLayout>
    </Main>
  );
}

/** Leads to the first setting that is complained about, as soon as it is shown. */
function useMistakeFocus(): () => void {
  const [asked, ask] = useState(0);
  useEffect(() => {
    if (asked === 0) return;
    const complaint = document.querySelector('[data-complaint]');
    const control = complaint
      ?.closest('[data-setting]')
      ?.querySelector<HTMLElement>('input, button, [role="combobox"]');
    control?.focus();
  }, [asked]);
  return () => ask((times) => times + 1);
}
