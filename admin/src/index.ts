import { UserPanel } from './content-manager/UserPanel';
import { addUserPanel, permissionsFor, SETTINGS_LINKS, type AdminApp } from './elements';
import { pageActions, userPanelActions } from './permissions';
import { pagePath, pluginId } from './plugin';
import { textId } from './text';
import { translations } from './translations';

const name = 'AWS Cognito';
const label = { id: textId('page.title'), defaultMessage: name };

/** The part of the plugin that runs in the admin panel. */
export default {
  register(app: AdminApp): void {
    app.registerPlugin({ id: pluginId, name });
  },

  bootstrap(app: AdminApp): void {
    // users-permissions adds the section, and may register after this plugin.
    app.addSettingsLink('users-permissions', {
      id: pluginId,
      to: pagePath.replace('/settings/', SETTINGS_LINKS),
      intlLabel: label,
      permissions: permissionsFor(pageActions),
      Component: async () => ({ default: (await import('./page/index.js')).ProtectedPage }),
    });
    addUserPanel(app, { label, actions: userPanelActions, Component: UserPanel });
  },

  registerTrads({ locales }: { locales: readonly string[] }) {
    return Promise.all(
      locales.map(async (locale) => {
        const texts = Object.entries((await translations[locale]?.())?.default ?? {});
        return {
          locale,
          data: Object.fromEntries(texts.map(([key, text]) => [textId(key), text])),
        };
      }),
    );
  },
};
