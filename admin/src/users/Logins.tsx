import { useEffect, useRef } from 'react';
import type { LoginRecord } from '../../../server/admin-contract';
import { describeFailure } from '../api/failure';
import { useExportLogins, useLogins } from '../api/users';
import { CopyButton } from '../components/CopyButton';
import { DateTime } from '../components/DateTime';
import { Breaking } from '../components/layout';
import { PagedList } from '../components/PagedList';
import { Panel } from '../components/Panel';
import { Paragraph } from '../components/Paragraph';
import {
  Box,
  Button,
  Flex,
  SearchField,
  SelectField,
  Typography,
  UserLink,
  useNotify,
} from '../elements';
import { useText } from '../text';
import { LoginOutcome } from './LoginOutcome';
import { outcomes } from './outcomes';
import type { Search } from './use-search';
import { useUserName } from './user-name';

const PAGE_SIZE = 10;

/** The last logins and their outcomes, of all users or of one user. */
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
    // When a user is selected, the focus moves to their logins. When the selection is cleared, it stays here.
    (chosen ? allButton : refreshButton).current?.focus();
  }, [chosen]);
  const isFiltered = outcome !== 'all' || filter.q !== '';

  return (
    <Panel
      isPlain
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
      <Filters search={search} />
      <PagedList
        request={logins}
        label={text('logins.title')}
        columns={[text('logins.at'), text('identities.user'), text('logins.outcome')]}
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
    </Panel>
  );
}

/** Filters the list of logins by outcome and by user. */
function Filters({ search }: { readonly search: Search }) {
  const text = useText();
  const { logins, outcome, filter } = search;
  return (
    <Flex gap={2} wrap="wrap" paddingBottom={4}>
      <Box flex="0 1 20rem" minWidth="min(100%, 14rem)">
        <SelectField
          aria-label={text('logins.outcome')}
          size="S"
          value={outcome}
          options={[
            { value: 'all', label: text('logins.filter.all') },
            { value: 'failed', label: text('logins.filter.failed') },
            ...outcomes.map((code) => ({ value: code, label: text(`outcome.${code}`) })),
          ]}
          onChange={filter}
        />
      </Box>
      <Box flex="0 1 20rem">
        <SearchField
          name="login-q"
          label={text('logins.search')}
          value={logins.typed}
          placeholder={text('logins.search.placeholder')}
          clearLabel={text('identities.search.clear')}
          onChange={logins.type}
        />
      </Box>
    </Flex>
  );
}

/** The user of a login. A user who was refused is shown by the `sub`, which can be found in the user pool. */
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
        <Paragraph>{email ?? text('logins.refused')}</Paragraph>
        <Paragraph isSmall>sub {subject}</Paragraph>
      </Breaking>
      <CopyButton value={subject} name="sub" />
    </Flex>
  );
}
