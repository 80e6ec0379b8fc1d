import type { Strapi } from '../strapi';
import type { Action } from '../admin-contract';

const displayNames: Readonly<Record<Action, string>> = {
  'plugin::cognito.settings.read': 'Read',
  'plugin::cognito.settings.update': 'Edit',
  'plugin::cognito.identities.read': 'Read',
  'plugin::cognito.identities.unlink': 'Unlink',
};

/** Registers the plugin's permissions. Super admins have them; others get them on the roles page. */
export async function registerPermissions(strapi: Strapi): Promise<void> {
  const { permission } = strapi.admin.services as unknown as {
    permission: { actionProvider: { registerMany(actions: readonly object[]): Promise<unknown> } };
  };
  const actions = Object.entries(displayNames).map(([id, displayName]) => {
    const uid = id.slice('plugin::cognito.'.length);
    const [subCategory] = uid.split('.');
    return { section: 'plugins', pluginName: 'cognito', subCategory, displayName, uid };
  });
  await permission.actionProvider.registerMany(actions);
}
