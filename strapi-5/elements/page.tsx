import { Box, Divider, Tabs as DesignTabs } from '@strapi/design-system';
import { Layouts, Page } from '@strapi/strapi/admin';
import { useEffect } from 'react';
import { useBlocker } from 'react-router-dom';
import { permissionsFor } from '../permissions';
import type { Elements } from '../types';

export const SettingsPage: Elements['SettingsPage'] = ({
  title,
  subtitle,
  isBusy,
  primaryAction,
  children,
}) => (
  <Page.Main aria-busy={isBusy}>
    <Page.Title>{title}</Page.Title>
    <Layouts.Header title={title} subtitle={subtitle} primaryAction={primaryAction} />
    <Layouts.Content>{children}</Layouts.Content>
  </Page.Main>
);

export const Tabs: Elements['Tabs'] = ({ label, tabs, selected, onSelect, children }) => (
  <DesignTabs.Root variant="simple" value={selected} onValueChange={onSelect}>
    <DesignTabs.List aria-label={label} style={{ display: 'flex', flexWrap: 'wrap' }}>
      {tabs.map((tab) => (
        <DesignTabs.Trigger key={tab.name} value={tab.name}>
          {tab.label}
        </DesignTabs.Trigger>
      ))}
    </DesignTabs.List>
    <Divider />
    {tabs.map(({ name }) => (
      <DesignTabs.Content key={name} value={name}>
        <Box paddingTop={6}>{children(name)}</Box>
      </DesignTabs.Content>
    ))}
  </DesignTabs.Root>
);

export const RequirePermissions: Elements['RequirePermissions'] = ({ actions, children }) => (
  <Page.Protect permissions={permissionsFor(actions)}>{children}</Page.Protect>
);

export const PageLoader: Elements['PageLoader'] = () => <Page.Loading />;

export const LeavePrompt: Elements['LeavePrompt'] = ({ when, message, except }) => {
  const blocker = useBlocker(({ nextLocation }) => when && nextLocation.pathname !== except);
  useEffect(() => {
    if (blocker.state !== 'blocked') return;
    if (window.confirm(message)) blocker.proceed();
    else blocker.reset();
  }, [blocker, message]);
  return null;
};
