import { CheckPermissions, useCMEditViewDataManager } from '@strapi/helper-plugin';
import { permissions } from '../permissions';
import { userModel } from '../plugin';
import { UserPanel } from './UserPanel';

/** On the page of one user in the content manager: their Cognito account and last logins. */
export function LinkedAccount({ slug }: { readonly slug: string }) {
  const { initialData, isCreatingEntry } = useCMEditViewDataManager();
  const { id } = initialData as { id?: number };
  if (slug !== userModel || isCreatingEntry || id === undefined) return null;
  return (
    <CheckPermissions permissions={permissions.readIdentities}>
      <UserPanel key={id} user={id} />
    </CheckPermissions>
  );
}
