import type { Action } from '../../server/admin-contract';
import { usePermissions } from './elements';

const UPDATE_PROVIDERS = 'plugin::users-permissions.providers.update';
const UPDATE_ROLES = 'plugin::users-permissions.roles.update';

const actions: readonly (Action | typeof UPDATE_PROVIDERS | typeof UPDATE_ROLES)[] = [
  'plugin::cognito.settings.read',
  'plugin::cognito.settings.update',
  'plugin::cognito.identities.read',
  'plugin::cognito.identities.unlink',
  UPDATE_PROVIDERS,
  UPDATE_ROLES,
];

/** An admin needs one of these to see the page. */
export const pageActions: readonly Action[] = [
  'plugin::cognito.settings.read',
  'plugin::cognito.identities.read',
];

/** An admin needs this to see the panel beside a user in the Content Manager. */
export const userPanelActions: readonly Action[] = ['plugin::cognito.identities.read'];

/** The permissions of the signed-in admin. */
export interface Permissions {
  readonly readSettings: boolean;
  readonly updateSettings: boolean;
  readonly readIdentities: boolean;
  readonly unlinkIdentities: boolean;
  /** From users-permissions: permission to change the Providers page, and therefore the connection. */
  readonly updateProviders: boolean;
  /** From users-permissions: permission to edit roles, and therefore to assign them. */
  readonly updateRoles: boolean;
}

/** The permissions of the signed-in admin; `undefined` until they are known. */
export function useAdminPermissions(): Permissions | undefined {
  const allowed = usePermissions(actions);
  return (
    allowed && {
      readSettings: allowed.has('plugin::cognito.settings.read'),
      updateSettings: allowed.has('plugin::cognito.settings.update'),
      readIdentities: allowed.has('plugin::cognito.identities.read'),
      unlinkIdentities: allowed.has('plugin::cognito.identities.unlink'),
      updateProviders: allowed.has(UPDATE_PROVIDERS),
      updateRoles: allowed.has(UPDATE_ROLES),
    }
  );
}
