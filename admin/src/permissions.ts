import type { Action } from '../../server/admin-contract';

const holding = (action: Action) => [{ action, subject: null }];

/** What an administrator may do here, by the name that `useRBAC` makes `can…` of. */
export const permissions = {
  readSettings: holding('plugin::cognito.settings.read'),
  updateSettings: holding('plugin::cognito.settings.update'),
  readIdentities: holding('plugin::cognito.identities.read'),
  unlinkIdentities: holding('plugin::cognito.identities.unlink'),
};

/** Whoever has one of these has something to see on the page. */
export const pagePermissions = [...permissions.readSettings, ...permissions.readIdentities];
