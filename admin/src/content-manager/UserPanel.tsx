import { useRef, useState } from 'react';
import type { LinkedIdentity } from '../../../server/admin-contract';
import { useIdentities, useLogins } from '../api/users';
import { DateTime } from '../components/DateTime';
import { Paragraph } from '../components/Paragraph';
import { Requested } from '../components/Requested';
import { Box, Button, Divider, Flex, Typography } from '../elements';
import { useAdminPermissions } from '../permissions';
import { useText } from '../text';
import { Account } from '../users/Account';
import { LoginOutcome } from '../users/LoginOutcome';
import { UnlinkDialog } from '../users/UnlinkDialog';

/** How many of the last logins are shown. */
const LOGINS = 5;

/** A user's Cognito accounts and last logins, in the narrow column of the Content Manager. */
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
        <Requested request={identities} failed={text('identities.failed')}>
          {({ results }) =>
            results.length === 0 ? (
              <Paragraph>{text('user.no-identity')}</Paragraph>
            ) : (
              results.map((identity) => (
                <div key={identity.id}>
                  <Account identity={identity} />
                  {permissions?.unlinkIdentities && (
                    <Box paddingTop={2}>
                      <Button
                        size="S"
                        variant="danger-light"
                        onClick={() => setUnlinking(identity)}
                      >
                        {text('unlink')}
                      </Button>
                    </Box>
                  )}
                </div>
              ))
            )
          }
        </Requested>
        <Divider />
        <Typography as="h3" fontWeight="semiBold" textColor="neutral800">
          {text('logins.title')}
        </Typography>
        <Requested request={logins} failed={text('logins.failed')}>
          {({ results }) =>
            results.length === 0 ? (
              <Paragraph>{text('logins.none')}</Paragraph>
            ) : (
              results.map((login) => (
                <div key={login.id}>
                  <LoginOutcome step={login.step} outcome={login.outcome} />
                  <Paragraph isSmall>
                    <DateTime iso={login.at} />
                  </Paragraph>
                </div>
              ))
            )
          }
        </Requested>
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
