import {
  Box,
  ContentLayout,
  Divider,
  HeaderLayout,
  Main,
  Tab,
  TabGroup,
  TabPanel,
  TabPanels,
  Tabs as DesignTabs,
} from '@strapi/design-system';
import {
  CheckPagePermissions,
  LoadingIndicatorPage,
  SettingsPageTitle,
  useFocusWhenNavigate,
} from '@strapi/helper-plugin';
import { Prompt } from 'react-router-dom';
import { permissionsFor } from '../permissions';
import type { Elements } from '../types';

export const SettingsPage: Elements['SettingsPage'] = ({
  title,
  subtitle,
  isBusy,
  primaryAction,
  children,
}) => {
  useFocusWhenNavigate();
  return (
    <Main aria-busy={isBusy}>
      <SettingsPageTitle name={title} />
      <HeaderLayout title={title} subtitle={subtitle} primaryAction={primaryAction} />
      <ContentLayout>{children}</ContentLayout>
    </Main>
  );
};

export const Tabs: Elements['Tabs'] = ({ label, tabs, selected, onSelect, children }) => (
  <TabGroup
    id="cognito"
    variant="simple"
    label={label}
    selectedTabIndex={Math.max(
      0,
      tabs.findIndex(({ name }) => name === selected),
    )}
    onTabChange={(index) => {
      const next = tabs[index];
      if (next) onSelect(next.name);
    }}
  >
    <DesignTabs>
      {tabs.map((tab) => (
        <Tab key={tab.name}>{tab.label}</Tab>
      ))}
    </DesignTabs>
    <Divider />
    <TabPanels>
      {tabs.map(({ name }) => (
        <TabPanel key={name}>
          {name === selected && <Box paddingTop={6}>{children(name)}</Box>}
        </TabPanel>
      ))}
    </TabPanels>
  </TabGroup>
);

export const RequirePermissions: Elements['RequirePermissions'] = ({ actions, children }) => (
  <CheckPagePermissions permissions={permissionsFor(actions)}>{children}</CheckPagePermissions>
);

export const PageLoader: Elements['PageLoader'] = () => <LoadingIndicatorPage />;

export const LeavePrompt: Elements['LeavePrompt'] = ({ when, message, except }) => (
  <Prompt when={when} message={({ pathname }) => pathname === except || message} />
);
