import { useEffect, useRef } from 'react';
import { useLogins } from '../api/users';
import { DateTime } from '../components/DateTime';
import { ListSection } from '../components/List';
import { PagedList } from '../components/PagedList';
import { Button, Flex, Typography, UserLink } from '../elements';
import { useText } from '../text';
import { LoginOutcome } from './LoginOutcome';
import type { Search } from './use-search';
import { useUserName } from './user-name';

const PAGE_SIZE = 10;

/** The last logins and how they ended, of all or of one user. */
export function Logins({ search }: { readonly search: Search }) {
  const text = useText();
  const { chosen } = search;
  const nameOf = useUserName();
  const logins = useLogins({
    page: search.loginsPage,
    pageSize: PAGE_SIZE,
    user: chosen?.id,
  });
  const allButton = useRef<HTMLButtonElement>(null);
  const refreshButton = useRef<HTMLButtonElement>(null);
  const chosenId = useRef(chosen?.id);
  useEffect(() => {
    if (chosenId.current === chosen?.id) return;
    chosenId.current = chosen?.id;
    // After choosing a user the focus goes to their logins; after letting go of one it stays here.
    (chosen ? allButton : refreshButton).current?.focus();
  }, [chosen]);

  return (
    <ListSection
      title={chosen ? text('logins.title.of', { name: nameOf(chosen) }) : text('logins.title')}
      hint={text('logins.hint')}
      action={
        <Flex gap={2} wrap="wrap">
          {chosen && (
            <Button
              ref={allButton}
              size="S"
              variant="secondary"
              endIcon="clear"
              onClick={() => search.choose(null)}
            >
              {text('logins.all')}
            </Button>
          )}
          <Button
            ref={refreshButton}
            size="S"
            variant="tertiary"
            startIcon="retry"
            onClick={logins.refetch}
          >
            {text('logins.refresh')}
          </Button>
        </Flex>
      }
    >
      <PagedList
        query={logins}
        label={text('logins.title')}
        columns={[text('logins.at'), text('logins.user'), text('logins.outcome')]}
        none={text('logins.none')}
        failed={text('logins.failed')}
        onPage={search.goToLogins}
      >
        {({ id, at, user, step, outcome }) => (
          <tr key={id}>
            <td>
              <Typography textColor="neutral800">
                <DateTime iso={at} />
              </Typography>
            </td>
            <td>
              {user === null ? (
                <Typography textColor="neutral600">{text('logins.nobody')}</Typography>
              ) : (
                <UserLink id={user}>{text('logins.user-id', { id: String(user) })}</UserLink>
              )}
            </td>
            <td>
              <LoginOutcome step={step} outcome={outcome} />
            </td>
          </tr>
        )}
      </PagedList>
    </ListSection>
  );
}
