import { Box, Button, Divider, Flex, Typography } from '@strapi/design-system';
import { useId, useRef, useState } from 'react';
import type { LinkedIdentity } from '../../../server/admin-contract';
import { useIdentities, useLogins } from '../api/people';
import { Failure } from '../elements/Failure';
import { Breaking } from '../elements/Facts';
import { Moment } from '../elements/Moment';
import { Progress } from '../elements/Progress';
import { LoginOutcome } from '../people/LoginOutcome';
import { UnlinkDialog } from '../people/UnlinkDialog';
import { useRights } from '../rights';
import { useText } from '../text';

/** So many of the last logins are shown. */
const LOGINS = 5;

/** A user's Cognito accounts and last logins, in the narrow column of the content manager. */
export function UserPanel({ user }: { readonly user: number }) {
  const text = useText();
  const id = useId();
  const heading = useRef<HTMLElement>(null);
  const rights = useRights();
  const identities = useIdentities({ page: 1, pageSize: 100, user });
  const logins = useLogins({ page: 1, pageSize: LOGINS, user });
  const [unlinking, setUnlinking] = useState<LinkedIdentity | null>(null);
  return (
    <Box
      as="section"
      aria-labelledby={id}
      background="neutral0"
      borderColor="neutral150"
      hasRadius
      padding={4}
      shadow="tableShadow"
    >
      <Typography
        variant="sigma"
        textColor="neutral600"
        as="h2"
        id={id}
        ref={heading}
        tabIndex={-1}
      >
        {text('page.title')}
      </Typography>
      <Box paddingTop={2} paddingBottom={4}>
        <Divider />
      </Box>
      <Flex direction="column" alignItems="stretch" gap={4}>
        {identities.isError && (
          <Failure
            title={text('identities.failed')}
            error={identities.error}
            retrying={identities.isFetching}
            onRetry={() => void identities.refetch()}
          />
        )}
        {identities.isLoading && <Progress />}
        {identities.data?.results.length === 0 && (
          <Typography as="p" textColor="neutral600">
            {text('user.no-identity')}
          </Typography>
        )}
        {identities.data?.results.map((identity) => (
          <div key={identity.id}>
            <Breaking>
              <Typography as="p" textColor="neutral800">
                {identity.subject}
              </Typography>
            </Breaking>
            <Breaking>
              <Typography as="p" variant="pi" textColor="neutral600">
                {identity.issuer}
              </Typography>
            </Breaking>
            {identity.linkedAt && (
              <Typography as="p" variant="pi" textColor="neutral600">
                {text('user.since')} <Moment iso={identity.linkedAt} />
              </Typography>
            )}
            {rights?.unlinkIdentities && (
              <Box paddingTop={2}>
                <Button size="S" variant="danger-light" onClick={() => setUnlinking(identity)}>
                  {text('unlink')}
                </Button>
              </Box>
            )}
          </div>
        ))}
        <Divider />
        <Typography as="h3" fontWeight="semiBold" textColor="neutral800">
          {text('logins.title')}
        </Typography>
        {logins.isError && (
          <Failure
            title={text('logins.failed')}
            error={logins.error}
            retrying={logins.isFetching}
            onRetry={() => void logins.refetch()}
          />
        )}
        {logins.data?.results.length === 0 && (
          <Typography as="p" textColor="neutral600">
            {text('logins.none')}
          </Typography>
        )}
        {logins.data?.results.map((login) => (
          <div key={login.id}>
            <LoginOutcome step={login.step} outcome={login.outcome} />
            <Typography as="p" variant="pi" textColor="neutral600">
              <Moment iso={login.at} />
            </Typography>
          </div>
        ))}
      </Flex>
      {unlinking && (
        <UnlinkDialog
          identity={unlinking}
          onClose={() => setUnlinking(null)}
          onUnlinked={() => heading.current?.focus()}
        />
      )}
    </Box>
  );
}
