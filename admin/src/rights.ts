import { useRBAC } from '@strapi/helper-plugin';
import { permissions } from './permissions';

/** What the administrator at the screen may do. */
export interface Rights {
  readonly readSettings: boolean;
  readonly updateSettings: boolean;
  readonly readIdentities: boolean;
  readonly unlinkIdentities: boolean;
}

/** The rights of whoever looks at the page; `undefined` while they are being found out. */
export function useRights(): Rights | undefined {
  const { allowedActions, isLoading } = useRBAC(permissions);
  if (isLoading) return undefined;
  const may = (name: string) => allowedActions[name] ?? false;
  return {
    readSettings: may('canReadSettings'),
    updateSettings: may('canUpdateSettings'),
    readIdentities: may('canReadIdentities'),
    unlinkIdentities: may('canUnlinkIdentities'),
  };
}
