import { Button, Flex, Typography } from '@strapi/design-system';
import { Cross, Refresh } from '@strapi/icons';
import { useEffect, useRef } from 'react';
import { useLogins, useRefreshLogins } from '../api/people';
import { ListSection } from '../elements/List';
import { Moment } from '../elements/Moment';
import { PagedList } from '../elements/PagedList';
import { useText } from '../text';
import { LoginOutcome } from './LoginOutcome';
import { UserLink } from './UserLink';
import type { Chosen, Search } from './use-search';
import { useUserName } from './user-name';

const PAGE_SIZE = 10;

/** The last logins and how they ended, of all or of one user. */
export function Logins({ search }: { readonly search: Search }) {
  const text = useText();
  const { chosen } = search;
  const nameOf = useUserName();
  const refresh = useRefreshLogins();
  const allButton = useRef<HTMLButtonElement>(null);
  const refreshButton = useRef<HTMLButtonElement>(null);
  const chosenId = useRef(chosen?.id);
  useEffect(() => {
    if (chosenId.current === chosen?.id) return;
    chosenId.current = chosen?.id;
    // Whoever has chosen a user is led to their logins; whoever lets go of one stays here.
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
              endIcon={<Cross />}
              onClick={() => search.choose(null)}
            >
              {text('logins.all')}
            </Button>
          )}
          <Button
            ref={refreshButton}
            size="S"
            variant="tertiary"
            startIcon={<Refresh />}
            onClick={refresh}
          >
            {text('logins.refresh')}
          </Button>
        </Flex>
      }
    >
      {/* Another user's list begins anew: the rows of before are somebody else's. */}
      <LoginList key={chosen?.id ?? 'all'} user={chosen} search={search} />
    </ListSection>
  );
}

function LoginList({
  user: chosen,
  search,
}: {
  readonly user: Chosen | null;
  readonly search: Search;
}) {
  const text = useText();
  const logins = useLogins({
    page: search.loginsPage,
    pageSize: PAGE_SIZE,
    user: chosen?.id,
  });
  return (
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
              <Moment iso={at} />
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
  );
}
