import { useEffect, useRef } from 'react';
import type { LoginRecord } from '../../../server/admin-contract';
import { describeFailure } from '../api/failure';
import { useExportLogins, useLogins } from '../api/users';
import { CopyButton } from '../components/CopyButton';
import { DateTime } from '../components/DateTime';
import { Breaking } from '../components/DescriptionList';
import { ListSection } from '../components/List';
import { PagedList } from '../components/PagedList';
import { Button, Flex, Typography, UserLink, useNotify } from '../elements';
import { useText } from '../text';
import { LoginFilters } from './LoginFilters';
import { LoginOutcome } from './LoginOutcome';
import type { Search } from './use-search';
import { useUserName } from './user-name';

const PAGE_SIZE = 10;

/** The last logins and how they ended, of all or of one user. */
export function Logins({ search }: { readonly search: Search }) {
  const text = useText();
  const notify = useNotify();
  const { chosen, outcome } = search;
  const nameOf = useUserName();
  const filter = {
    user: chosen?.id,
    q: search.logins.q,
    failed: outcome === 'failed',
    outcome: outcome === 'all' || outcome === 'failed' ? undefined : outcome,
  };
  const logins = useLogins({ page: search.loginsPage, pageSize: PAGE_SIZE, ...filter });
  const file = useExportLogins();
  const allButton = useRef<HTMLButtonElement>(null);
  const refreshButton = useRef<HTMLButtonElement>(null);
  const chosenId = useRef(chosen?.id);
  useEffect(() => {
    if (chosenId.current === chosen?.id) return;
    chosenId.current = chosen?.id;
    // After choosing a user the focus goes to their logins; after letting go of one it stays here.
    (chosen ? allButton : refreshButton).current?.focus();
  }, [chosen]);
  const isFiltered = outcome !== 'all' || filter.q !== '';

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
            size="S"
            variant="tertiary"
            startIcon="download"
            loading={file.isRunning}
            onClick={() =>
              file.run(filter, {
                onSuccess: () => notify('success', text('logins.exported')),
                onError: (reason) => notify('error', describeFailure(reason, text)),
              })
            }
          >
            {text('logins.export')}
          </Button>
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
      <LoginFilters search={search} />
      <PagedList
        query={logins}
        label={text('logins.title')}
        columns={[text('logins.at'), text('logins.user'), text('logins.outcome')]}
        none={text(isFiltered ? 'logins.not-found' : 'logins.none')}
        failed={text('logins.failed')}
        onPage={search.goToLogins}
      >
        {(login) => (
          <tr key={login.id}>
            <td>
              <Typography textColor="neutral800">
                <DateTime iso={login.at} />
              </Typography>
            </td>
            <td>
              <Who login={login} />
            </td>
            <td>
              <LoginOutcome step={login.step} outcome={login.outcome} />
            </td>
          </tr>
        )}
      </PagedList>
    </ListSection>
  );
}

/** The user of a login; one who was refused by their Cognito account, which the user pool finds. */
function Who({ login: { user, subject, email } }: { readonly login: LoginRecord }) {
  const text = useText();
  const nameOf = useUserName();
  if (user) return <UserLink id={user.id}>{nameOf(user)}</UserLink>;
  if (subject === null) {
    return <Typography textColor="neutral600">{text('logins.unknown-user')}</Typography>;
  }
  return (
    <Flex gap={1}>
      <Breaking $minWidth="10rem">
        <Typography as="p" textColor="neutral600">
          {email ?? text('logins.refused')}
        </Typography>
        <Typography as="p" variant="pi" textColor="neutral600">
          sub {subject}
        </Typography>
      </Breaking>
      <CopyButton value={subject} name="sub" />
    </Flex>
  );
}
