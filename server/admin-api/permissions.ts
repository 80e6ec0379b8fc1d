import type { Strapi } from '../strapi';
import type { Action } from '../admin-contract';

/** An action as Strapi's roles page shows it. */
interface PermissionAction {
  readonly section: 'plugins';
  readonly pluginName: 'cognito';
  readonly subCategory: string;
  readonly displayName: string;
  /** Without the plugin's prefix. */
  readonly uid: string;
}

const action = (subCategory: string, displayName: string, uid: string): PermissionAction => ({
  section: 'plugins',
  pluginName: 'cognito',
  subCategory,
  displayName,
  uid,
});

/** The permissions, by their id in routes and in the admin panel. */
const actions: Readonly<Record<Action, PermissionAction>> = {
  'plugin::cognito.settings.read': action('settings', 'Read', 'settings.read'),
  'plugin::cognito.settings.update': action('settings', 'Edit', 'settings.update'),
  'plugin::cognito.identities.read': action('identities', 'Read', 'identities.read'),
  'plugin::cognito.identities.unlink': action('identities', 'Unlink', 'identities.unlink'),
};

interface ActionProvider {
  registerMany(actions: readonly PermissionAction[]): Promise<unknown>;
}

/** Registers the plugin's permissions. Super admins have them; others get them on the roles page. */
export async function registerPermissions(strapi: Strapi): Promise<void> {
  const { permission } = strapi.admin.services as unknown as {
    permission: { actionProvider: ActionProvider };
  };
  await permission.actionProvider.registerMany(Object.values(actions));
}
