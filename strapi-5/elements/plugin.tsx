import type { ComponentType, ReactNode } from 'react';
import { useIntl } from 'react-intl';
import { permissionsOf, usePermissions } from './hooks';
import type { Elements, PluginDefinition } from './types';

type Permissions = ReturnType<typeof permissionsOf>;

/** A panel of the Content Manager's edit view; `null` where there is none. */
type SidePanel = (view: {
  model: string;
  document?: { id: number | string };
}) => { title: string; content: ReactNode } | null;

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
  getPlugin(id: 'content-manager'): {
    apis: { addEditViewSidePanel(panels: SidePanel[]): void };
  };
}

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
      to: settingsPage.path,
      intlLabel: settingsPage.label,
      permissions: permissionsOf(settingsPage.actions),
      Component: async () => ({ default: await settingsPage.load() }),
    });
    app.getPlugin('content-manager').apis.addEditViewSidePanel([sidePanel(userPanel)]);
  },

  registerTrads({ locales }: { locales: readonly string[] }) {
    return Promise.all(
      locales.map(async (locale) => ({
        locale,
        data: Object.fromEntries(
          Object.entries(await loadTexts(locale)).map(([key, text]) => [`${id}.${key}`, text]),
        ),
      })),
    );
  },
});

function sidePanel({ label, actions, Component }: PluginDefinition['userPanel']): SidePanel {
  return function useUserPanel({ model, document }) {
    const intl = useIntl();
    const permissions = usePermissions(actions);
    const isUser = model === 'plugin::users-permissions.user' && document !== undefined;
    if (!isUser || !permissions?.size) return null;
    const user = Number(document.id);
    const title = intl.formatMessage(label);
    return {
      title,
      content: (
        <section aria-label={title}>
          <Component key={user} user={user} />
        </section>
      ),
    };
  };
}
