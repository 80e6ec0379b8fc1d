import { Flex } from '../elements';
import type { Permissions } from '../permissions';
import { Identities } from './Identities';
import { Logins } from './Logins';
import type { Search } from './use-search';

interface UsersProps {
  readonly permissions: Permissions;
  readonly search: Search;
}

/** The tab with the users who have a Cognito account, and the last logins. */
export function Users({ permissions, search }: UsersProps) {
  return (
    <Flex direction="column" alignItems="stretch" gap={6}>
      <Identities search={search} canUnlink={permissions.unlinkIdentities} />
      <Logins search={search} />
    </Flex>
  );
}
