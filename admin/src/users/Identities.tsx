import { useRef, useState } from 'react';
import type { LinkedIdentity } from '../../../server/admin-contract';
import { useIdentities } from '../api/users';
import { Breaking, OneLine } from '../components/layout';
import { PagedList } from '../components/PagedList';
import { Panel } from '../components/Panel';
import { Paragraph } from '../components/Paragraph';
import { Box, Button, Flex, SearchField, UserLink } from '../elements';
import { useText } from '../text';
import { Account } from './Account';
import { UnlinkDialog } from './UnlinkDialog';
import type { Search } from './use-search';
import { useUserName } from './user-name';

const PAGE_SIZE = 10;

interface IdentitiesProps {
  readonly search: Search;
  readonly canUnlink: boolean;
}

/** Users with a Cognito account, to be searched. */
export function Identities({ search, canUnlink }: IdentitiesProps) {
  const text = useText();
  const searchInput = useRef<HTMLInputElement>(null);
  const [unlinking, setUnlinking] = useState<LinkedIdentity | null>(null);
  const identities = useIdentities({
    page: search.identitiesPage,
    pageSize: PAGE_SIZE,
    q: search.identities.q,
  });
  const none = search.identities.q === '' ? 'identities.none' : 'identities.not-found';
  return (
    <Panel
      isPlain
      title={text('identities.title')}
      hint={text('identities.hint')}
      action={
        <Box flex="0 1 20rem">
          <SearchField
            ref={searchInput}
            name="q"
            label={text('identities.search')}
            value={search.identities.typed}
            placeholder={text('identities.search.placeholder')}
            clearLabel={text('identities.search.clear')}
            onChange={search.identities.type}
          />
        </Box>
      }
    >
      <PagedList
        request={identities}
        label={text('identities.title')}
        columns={[text('identities.user'), text('identities.account'), text('identities.actions')]}
        none={text(none, { q: search.identities.q })}
        failed={text('identities.failed')}
        onPage={search.goToIdentities}
      >
        {(identity) => (
          <Row
            key={identity.id}
            identity={identity}
            onLogins={() => search.choose(identity.user)}
            onUnlink={canUnlink ? () => setUnlinking(identity) : undefined}
          />
        )}
      </PagedList>
      {unlinking && (
        <UnlinkDialog
          identity={unlinking}
          onClose={() => setUnlinking(null)}
          onUnlinked={() => {
            identities.refetch();
            searchInput.current?.focus();
          }}
        />
      )}
    </Panel>
  );
}

interface RowProps {
  readonly identity: LinkedIdentity;
  readonly onLogins: () => void;
  readonly onUnlink: (() => void) | undefined;
}

function Row({ identity, onLogins, onUnlink }: RowProps) {
  const text = useText();
  const { user } = identity;
  const name = useUserName()(user);
  return (
    <tr>
      <td>
        <Breaking $minWidth="10rem">
          <UserLink id={user.id} documentId={user.documentId}>
            {name}
          </UserLink>
          {user.email && user.email !== name && <Paragraph isSmall>{user.email}</Paragraph>}
          {user.blocked && (
            <Paragraph isSmall color="danger600">
              {text('identities.blocked')}
            </Paragraph>
          )}
        </Breaking>
      </td>
      <td>
        <Account identity={identity} />
      </td>
      <td>
        <Flex gap={2} justifyContent="flex-start">
          <Button
            size="S"
            variant="tertiary"
            aria-label={text('identities.logins.of', { name })}
            onClick={onLogins}
          >
            <OneLine>{text('identities.logins')}</OneLine>
          </Button>
          {onUnlink && (
            <Button
              size="S"
              variant="danger-light"
              aria-label={text('unlink.of', { name })}
              onClick={onUnlink}
            >
              <OneLine>{text('unlink')}</OneLine>
            </Button>
          )}
        </Flex>
      </td>
    </tr>
  );
}
