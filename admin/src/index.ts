import { UserPanel } from './content-manager/UserPanel';
import { createPlugin } from './elements';
import { pageActions, userPanelActions } from './permissions';
import { pagePath, pluginId } from './plugin';
import { textId } from './text';
import { translations } from './translations';

const name = 'AWS Cognito';
const label = { id: textId('page.title'), defaultMessage: name };

/** The part of the plugin that runs in the admin panel. */
export default createPlugin({
  id: pluginId,
  name,
  settingsPage: {
    path: pagePath.replace('/settings/', ''),
    label,
    actions: pageActions,
    load: async () => (await import('./page/index.js')).ProtectedPage,
  },
  userPanel: { label, actions: userPanelActions, Component: UserPanel },
  loadTexts: async (locale) => (await translations[locale]?.())?.default ?? {},
});
