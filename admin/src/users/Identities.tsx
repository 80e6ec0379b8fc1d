import { useRef, useState } from 'react';
import type { LinkedIdentity } from '../../../server/admin-contract';
import { useIdentities } from '../api/users';
import { DateTime } from '../components/DateTime';
import { Breaking } from '../components/DescriptionList';
import { OneLine } from '../components/OneLine';
import { ListSection } from '../components/List';
import { PagedList } from '../components/PagedList';
import { Box, Button, Flex, SearchField, Typography, UserLink } from '../elements';
import { useText, type TextKey } from '../text';
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
  const none = nothingFound(search.identities.q, identities.data?.everUsed);
  return (
    <ListSection
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
        query={identities}
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
    </ListSection>
  );
}

/** Tells "none at the moment" from "never". */
function nothingFound(q: string, everUsed: boolean | undefined): TextKey {
  if (q !== '') return 'identities.not-found';
  return everUsed ? 'identities.none-left' : 'identities.none';
}

interface RowProps {
  readonly identity: LinkedIdentity;
  readonly onLogins: () => void;
  readonly onUnlink: (() => void) | undefined;
}

function Row({ identity, onLogins, onUnlink }: RowProps) {
  const text = useText();
  const { user, issuer, subject, linkedAt } = identity;
  const name = useUserName()(user);
  return (
    <tr>
      <td>
        <Breaking $minWidth="10rem">
          <UserLink id={user.id} documentId={user.documentId}>
            {name}
          </UserLink>
          {user.email && user.email !== name && (
            <Typography as="p" variant="pi" textColor="neutral600">
              {user.email}
            </Typography>
          )}
          {user.blocked && (
            <Typography as="p" variant="pi" textColor="danger600">
              {text('identities.blocked')}
            </Typography>
          )}
        </Breaking>
      </td>
      <td>
        <Breaking $minWidth="10rem">
          <Typography as="p" textColor="neutral800">
            {subject}
          </Typography>
          <Typography as="p" variant="pi" textColor="neutral600">
            {issuer}
          </Typography>
          {linkedAt && (
            <Typography as="p" variant="pi" textColor="neutral600">
              {text('identities.since')} <DateTime iso={linkedAt} />
            </Typography>
          )}
        </Breaking>
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
