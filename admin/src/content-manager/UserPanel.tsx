import { useRef, useState } from 'react';
import type { LinkedIdentity } from '../../../server/admin-contract';
import { useIdentities, useLogins } from '../api/users';
import { DateTime } from '../components/DateTime';
import { Breaking } from '../components/DescriptionList';
import { Failure } from '../components/Failure';
import { Progress } from '../components/Progress';
import { Box, Button, Divider, Flex, Typography } from '../elements';
import { useAdminPermissions } from '../permissions';
import { useText } from '../text';
import { LoginOutcome } from '../users/LoginOutcome';
import { UnlinkDialog } from '../users/UnlinkDialog';

/** So many of the last logins are shown. */
const LOGINS = 5;

/** A user's Cognito accounts and last logins, in the narrow column of the content manager. */
export function UserPanel({ user }: { readonly user: number }) {
  const text = useText();
  const panel = useRef<HTMLDivElement>(null);
  const permissions = useAdminPermissions();
  const identities = useIdentities({ page: 1, pageSize: 100, user });
  const logins = useLogins({ page: 1, pageSize: LOGINS, user });
  const [unlinking, setUnlinking] = useState<LinkedIdentity | null>(null);
  return (
    <div ref={panel} tabIndex={-1}>
      <Flex direction="column" alignItems="stretch" gap={4}>
        {Boolean(identities.error) && (
          <Failure
            title={text('identities.failed')}
            error={identities.error}
            retrying={identities.isFetching}
            onRetry={identities.refetch}
          />
        )}
        {!identities.data && !identities.error && <Progress />}
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
                {text('user.since')} <DateTime iso={identity.linkedAt} />
              </Typography>
            )}
            {permissions?.unlinkIdentities && (
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
        {Boolean(logins.error) && (
          <Failure
            title={text('logins.failed')}
            error={logins.error}
            retrying={logins.isFetching}
            onRetry={logins.refetch}
          />
        )}
        {logins.data?.results.length === 0 && (
          <Typography as="p" textColor="neutral600">
            {text('user.no-logins')}
          </Typography>
        )}
        {logins.data?.results.map((login) => (
          <div key={login.id}>
            <LoginOutcome step={login.step} outcome={login.outcome} />
            <Typography as="p" variant="pi" textColor="neutral600">
              <DateTime iso={login.at} />
            </Typography>
          </div>
        ))}
      </Flex>
      {unlinking && (
        <UnlinkDialog
          identity={unlinking}
          onClose={() => setUnlinking(null)}
          onUnlinked={() => {
            identities.refetch();
            panel.current?.focus();
          }}
        />
      )}
    </div>
  );
}
