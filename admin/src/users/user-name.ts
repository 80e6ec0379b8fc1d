import type { LinkedIdentity } from '../../../server/admin-contract';
import { useText } from '../text';

/** The properties that can name a user. A site's users may have no username, or no email. */
export type Named = Pick<LinkedIdentity['user'], 'id' | 'username' | 'email'>;

/** The name that is shown for a user: the username, otherwise the email, otherwise the id. */
export function useUserName(): (user: Named) => string {
  const text = useText();
  return ({ id, username, email }) =>
    [username, email].find(Boolean) ?? text('logins.user-id', { id: String(id) });
}
