import type { LinkedIdentity } from '../../../server/admin-contract';
import { useText } from '../text';

/** What a user can be called by: a site's users may have no username, or no email. */
export type Named = Pick<LinkedIdentity['user'], 'id' | 'username' | 'email'>;

/** Gives the name under which a user is shown: the username, otherwise the email, otherwise the id. */
export function useUserName(): (user: Named) => string {
  const text = useText();
  return ({ id, username, email }) =>
    [username, email].find(Boolean) ?? text('logins.user-id', { id: String(id) });
}
