import { CheckPermissions, useCMEditViewDataManager } from '@strapi/helper-plugin';
import { useId, type ComponentType } from 'react';
import { useIntl } from 'react-intl';
import { Box, Divider, Typography } from '@strapi/design-system';
import { permissionsFor } from '../permissions';
import type { Elements, UserPanelDefinition } from '../types';

/** What Strapi 4 also has in its admin application. */
interface WithContentManager {
  injectContentManagerComponent(
    view: 'editView',
    zone: 'right-links',
    component: { name: string; Component: ComponentType<{ slug: string }> },
  ): void;
}

export const SETTINGS_LINKS = '/settings/';

export const addUserPanel: Elements['addUserPanel'] = (app, panel) =>
  (app as unknown as WithContentManager).injectContentManagerComponent('editView', 'right-links', {
    name: panel.label.id,
    Component: ({ slug }) => <UserPanel slug={slug} {...panel} />,
  });

function UserPanel({ slug, label, actions, Component }: UserPanelDefinition & { slug: string }) {
  const headingId = useId();
  const intl = useIntl();
  const { initialData, isCreatingEntry } = useCMEditViewDataManager();
  const { id } = initialData as { id?: number };
  if (slug !== 'plugin::users-permissions.user' || isCreatingEntry || id === undefined) return null;
  return (
    <CheckPermissions permissions={permissionsFor(actions)}>
      <Box
        as="section"
        aria-labelledby={headingId}
        background="neutral0"
        borderColor="neutral150"
        hasRadius
        padding={4}
        shadow="tableShadow"
      >
        <Typography variant="sigma" textColor="neutral600" as="h2" id={headingId}>
          {intl.formatMessage(label)}
        </Typography>
        <Box paddingTop={2} paddingBottom={4}>
          <Divider />
        </Box>
        <Component key={id} user={id} />
      </Box>
    </CheckPermissions>
  );
}
