import { Button, Typography } from '@strapi/design-system';
import { Trash } from '@strapi/icons';
import { useNotification } from '@strapi/helper-plugin';
import { useState } from 'react';
import type { SettingsView } from '../../../server/admin-contract';
import { useForgetIssuer } from '../api/settings';
import { ConfirmDialog } from '../elements/ConfirmDialog';
import { CopyButton } from '../elements/CopyButton';
import { Fact, Facts } from '../elements/Facts';
import { Panel } from '../elements/Panel';
import { textId, useText } from '../text';
import { SourceBadge } from './SourceBadge';

interface IssuerProps {
  readonly issuer: SettingsView['issuer'];
  readonly canUpdate: boolean;
}

/** The user pool whose tokens are taken; one that was learned at a login can be forgotten. */
export function Issuer({ issuer, canUpdate }: IssuerProps) {
  const text = useText();
  if (!issuer) {
    return <Panel title={text('issuer.title')} hint={text('issuer.unknown')} />;
  }
  const others = issuer.accepted.filter((url) => url !== issuer.canonical);
  return (
    <Panel
      title={text('issuer.title')}
      hint={text('issuer.hint')}
      action={issuer.source === 'learned' && canUpdate && <Forget issuer={issuer.canonical} />}
    >
      <Facts>
        <Fact name={text('issuer.canonical')} aside={<SourceBadge source={issuer.source} />}>
          {issuer.canonical}
        </Fact>
        {others.map((url) => (
          <Fact key={url} name={text('issuer.also-accepted')}>
            {url}
          </Fact>
        ))}
        <Fact
          name={text('connection.jwks-url')}
          aside={<CopyButton value={issuer.jwksUrl} name={text('connection.jwks-url')} />}
        >
          {issuer.jwksUrl}
        </Fact>
      </Facts>
    </Panel>
  );
}

function Forget({ issuer }: { readonly issuer: string }) {
  const text = useText();
  const notify = useNotification();
  const forget = useForgetIssuer();
  const [isAsking, setIsAsking] = useState(false);
  const close = () => {
    setIsAsking(false);
    forget.reset();
  };
  const confirm = () =>
    forget.mutate(undefined, {
      onSuccess: () => {
        notify({
          type: 'success',
          message: { id: textId('issuer.forgotten'), defaultMessage: issuer },
        });
        close();
      },
    });
  return (
    <>
      <Button variant="danger-light" startIcon={<Trash />} onClick={() => setIsAsking(true)}>
        {text('issuer.forget')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={text('issuer.forget.title')}
          confirmLabel={text('issuer.forget')}
          isBusy={forget.isLoading}
          error={forget.error}
          onConfirm={confirm}
          onClose={close}
        >
          <Typography as="p" textAlign="center">
            {text('issuer.forget.hint', { issuer })}
          </Typography>
        </ConfirmDialog>
      )}
    </>
  );
}
