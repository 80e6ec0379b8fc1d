import { Box, Divider, Typography } from '@strapi/design-system';
import {
  CheckPermissions,
  prefixPluginTranslations,
  useCMEditViewDataManager,
} from '@strapi/helper-plugin';
import { useId, type ComponentType } from 'react';
import { useIntl } from 'react-intl';
import type { Elements, PluginDefinition } from './types';

type Permissions = readonly { action: string; subject: null }[];

/** The part of Strapi's admin application that the plugin uses. */
interface AdminApp {
  registerPlugin(plugin: { id: string; name: string }): void;
  addSettingsLink(
    section: string,
    link: {
      id: string;
      to: string;
      intlLabel: { id: string; defaultMessage: string };
      permissions: Permissions;
      Component: () => Promise<{ default: ComponentType }>;
    },
  ): void;
  injectContentManagerComponent(
    view: 'editView',
    zone: 'right-links',
    component: { name: string; Component: ComponentType<{ slug: string }> },
  ): void;
}

const permissionsOf = (actions: readonly string[]) =>
  actions.map((action) => ({ action, subject: null }));

export const createPlugin: Elements['createPlugin'] = ({
  id,
  name,
  settingsPage,
  userPanel,
  loadTexts,
}) => ({
  register(app: AdminApp): void {
    app.registerPlugin({ id, name });
  },

  bootstrap(app: AdminApp): void {
    // users-permissions adds the section, and may register after this plugin.
    app.addSettingsLink('users-permissions', {
      id,
      to: `/settings/${settingsPage.path}`,
      intlLabel: settingsPage.label,
      permissions: permissionsOf(settingsPage.actions),
      Component: async () => ({ default: await settingsPage.load() }),
    });
    app.injectContentManagerComponent('editView', 'right-links', {
      name: `${id}-user-panel`,
      Component: ({ slug }) => <UserPanel slug={slug} {...userPanel} />,
    });
  },

  registerTrads({ locales }: { locales: readonly string[] }) {
    return Promise.all(
      locales.map(async (locale) => ({
        locale,
        data: prefixPluginTranslations({ ...(await loadTexts(locale)) }, id),
      })),
    );
  },
});

function UserPanel({
  slug,
  label,
  actions,
  Component,
}: PluginDefinition['userPanel'] & { readonly slug: string }) {
  const headingId = useId();
  const intl = useIntl();
  const { initialData, isCreatingEntry } = useCMEditViewDataManager();
  const { id } = initialData as { id?: number };
  if (slug !== 'plugin::users-permissions.user' || isCreatingEntry || id === undefined) return null;
  return (
    <CheckPermissions permissions={permissionsOf(actions)}>
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
