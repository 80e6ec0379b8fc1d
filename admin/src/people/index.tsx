import { Flex } from '@strapi/design-system';
import type { Rights } from '../rights';
import { Identities } from './Identities';
import { Logins } from './Logins';
import type { Search } from './use-search';

interface PeopleProps {
  readonly rights: Rights;
  readonly search: Search;
}

/** The tab that shows who has a Cognito account, and how the last logins ended. */
export function People({ rights, search }: PeopleProps) {
  return (
    <Flex direction="column" alignItems="stretch" gap={6}>
      <Identities search={search} canUnlink={rights.unlinkIdentities} />
      <Logins search={search} />
    </Flex>
  );
}
