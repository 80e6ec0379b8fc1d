import { prefixPluginTranslations } from '@strapi/helper-plugin';
import type { ComponentType } from 'react';
import { LinkedAccount } from './content-manager/LinkedAccount';
import { pagePermissions } from './permissions';
import { pagePath, pluginId } from './plugin';
import { textId } from './text';
import { translations } from './translations';

/** The part of Strapi's admin application that the plugin uses. */
interface AdminApp {
  registerPlugin(plugin: { id: string; name: string }): void;
  addSettingsLink(
    section: string,
    link: {
      id: string;
      to: string;
      intlLabel: { id: string; defaultMessage: string };
      permissions: readonly { action: string; subject: null }[];
      Component: () => Promise<{ default: ComponentType }>;
    },
  ): void;
  injectContentManagerComponent(
    view: 'editView',
    zone: 'right-links',
    component: { name: string; Component: ComponentType<{ slug: string }> },
  ): void;
}

/** The admin panel's half of the plugin. */
export default {
  register(app: AdminApp): void {
    app.registerPlugin({ id: pluginId, name: 'AWS Cognito' });
  },

  bootstrap(app: AdminApp): void {
    // The section is made by users-permissions, which may register after this plugin.
    app.addSettingsLink('users-permissions', {
      id: pluginId,
      to: pagePath,
      intlLabel: { id: textId('page.title'), defaultMessage: 'AWS Cognito' },
      permissions: pagePermissions,
      Component: async () => ({ default: (await import('./page/index.js')).ProtectedPage }),
    });
    app.injectContentManagerComponent('editView', 'right-links', {
      name: `${pluginId}-linked-account`,
      Component: LinkedAccount,
    });
  },

  registerTrads({ locales }: { locales: readonly string[] }) {
    return Promise.all(
      locales.map(async (locale) => {
        const load = translations[locale];
        const data = load ? prefixPluginTranslations((await load()).default, pluginId) : {};
        return { locale, data };
      }),
    );
  },
};
