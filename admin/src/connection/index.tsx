import { Flex } from '@strapi/design-system';
import type { SettingsView } from '../../../server/admin-contract';
import { InForce } from './InForce';
import { Issuer } from './Issuer';
import { State } from './State';
import { Urls } from './Urls';

interface ConnectionProps {
  readonly settings: SettingsView;
  readonly canUpdate: boolean;
}

/** The tab that shows with which user pool logins work, and what has to be set there. */
export function Connection({ settings, canUpdate }: ConnectionProps) {
  return (
    <Flex direction="column" alignItems="stretch" gap={6}>
      <State enabled={settings.enabled} problems={settings.problems} />
      <Urls urls={settings.urls} />
      <InForce connection={settings.connection} />
      <Issuer issuer={settings.issuer} canUpdate={canUpdate} />
    </Flex>
  );
}
