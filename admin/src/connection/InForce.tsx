import type { SettingsView, Source } from '../../../server/admin-contract';
import { Description, DescriptionList } from '../components/DescriptionList';
import { Panel } from '../components/Panel';
import { useText, type TextKey } from '../text';
import { ProvidersLink } from './ProvidersLink';
import { SourceBadge } from './SourceBadge';

interface Row {
  readonly name: TextKey;
  /** `null`: nothing is set. */
  readonly value: string | null;
  readonly source: Source;
}

/** What is in force for the connection, and where each value comes from. */
export function InForce({ connection }: { readonly connection: SettingsView['connection'] }) {
  const text = useText();
  const { domain, clientId, clientSecret, callback, userPoolId, jwksUrl, scope } = connection;
  const secret = text(clientSecret.value === 'set' ? 'value.set' : 'value.not-set');
  const rows: readonly Row[] = [
    { name: 'connection.domain', ...domain },
    { name: 'connection.client-id', ...clientId },
    { name: 'connection.client-secret', value: secret, source: clientSecret.source },
    { name: 'connection.callback', ...callback },
    { name: 'connection.user-pool-id', ...userPoolId },
    { name: 'connection.jwks-url', ...jwksUrl },
    { name: 'connection.scope', value: scope.value.join(' '), source: scope.source },
  ];
  return (
    <Panel
      title={text('connection.title')}
      hint={text('connection.hint')}
      action={<ProvidersLink />}
    >
      <DescriptionList>
        {rows.map(({ name, value, source }) => (
          <Description key={name} name={text(name)} aside={<SourceBadge source={source} />}>
            {value === null || value === '' ? text('value.not-set') : value}
          </Description>
        ))}
      </DescriptionList>
    </Panel>
  );
}
