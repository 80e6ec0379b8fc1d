import type { SettingsView } from '../../../server/admin-contract';
import { Flex } from '../elements';
import { InForce } from './InForce';
import { Issuer } from './Issuer';
import { State } from './State';
import { Urls } from './Urls';

interface ConnectionProps {
  readonly settings: SettingsView;
  readonly canUpdate: boolean;
  readonly onSettings: (settings: SettingsView) => void;
}

/** The tab that shows with which user pool logins work, and what has to be set there. */
export function Connection({ settings, canUpdate, onSettings }: ConnectionProps) {
  return (
    <Flex direction="column" alignItems="stretch" gap={6}>
      <State enabled={settings.enabled} problems={settings.problems} />
      <Urls urls={settings.urls} />
      <InForce connection={settings.connection} />
      <Issuer issuer={settings.issuer} canUpdate={canUpdate} onSettings={onSettings} />
    </Flex>
  );
}
