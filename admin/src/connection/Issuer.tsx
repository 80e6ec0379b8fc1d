import { useState } from 'react';
import type { SettingsView, Source } from '../../../server/admin-contract';
import { useForgetIssuer } from '../api/settings';
import { ConfirmDialog } from '../components/ConfirmDialog';
import { CopyButton } from '../components/CopyButton';
import { Description, DescriptionList } from '../components/DescriptionList';
import { Panel } from '../components/Panel';
import { Paragraph } from '../components/Paragraph';
import { Badge, Button, useNotify } from '../elements';
import { useText } from '../text';

interface IssuerProps {
  readonly settings: SettingsView;
  readonly canUpdate: boolean;
  readonly onSettings: (settings: SettingsView) => void;
}

/** The user pool whose tokens are accepted. If it was detected at a login, it can be forgotten. */
export function Issuer({ settings, canUpdate, onSettings }: IssuerProps) {
  const text = useText();
  const { issuer, connection } = settings;
  if (!issuer) {
    return <Panel title={text('issuer.title')} hint={text('issuer.unknown')} />;
  }
  const others = issuer.accepted.filter((url) => url !== issuer.canonical);
  return (
    <Panel
      title={text('issuer.title')}
      hint={text('issuer.hint')}
      action={
        issuer.source === 'learned' &&
        canUpdate && <Forget issuer={issuer.canonical} onSettings={onSettings} />
      }
    >
      <DescriptionList>
        <Description name={text('issuer.canonical')} aside={<SourceBadge source={issuer.source} />}>
          {issuer.canonical}
        </Description>
        {others.map((url) => (
          <Description key={url} name={text('issuer.also-accepted')}>
            {url}
          </Description>
        ))}
        <Description
          name={text('connection.jwks-url')}
          aside={<CopyButton value={issuer.jwksUrl} name={text('connection.jwks-url')} />}
        >
          {issuer.jwksUrl}
        </Description>
        <Description
          name={text('connection.scope')}
          aside={<SourceBadge source={connection.scope.source} />}
        >
          {connection.scope.value.join(' ')}
        </Description>
      </DescriptionList>
    </Panel>
  );
}

/** The source of a value, in words. */
function SourceBadge({ source }: { readonly source: Source }) {
  const text = useText();
  return <Badge>{text(`source.${source}`)}</Badge>;
}

interface ForgetProps {
  readonly issuer: string;
  readonly onSettings: (settings: SettingsView) => void;
}

function Forget({ issuer, onSettings }: ForgetProps) {
  const text = useText();
  const notify = useNotify();
  const forget = useForgetIssuer();
  const [isAsking, setIsAsking] = useState(false);
  const close = () => {
    setIsAsking(false);
    forget.reset();
  };
  const confirm = () =>
    forget.run(undefined, {
      onSuccess: (settings) => {
        onSettings(settings);
        notify('success', text('issuer.forgotten'));
        close();
      },
    });
  return (
    <>
      <Button variant="danger-light" startIcon="delete" onClick={() => setIsAsking(true)}>
        {text('issuer.forget')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={text('issuer.forget.title')}
          confirmLabel={text('issuer.forget')}
          isBusy={forget.isRunning}
          error={forget.error}
          onConfirm={confirm}
          onClose={close}
        >
          <Paragraph color="neutral800" isCentered>
            {text('issuer.forget.hint', { issuer })}
          </Paragraph>
        </ConfirmDialog>
      )}
    </>
  );
}
