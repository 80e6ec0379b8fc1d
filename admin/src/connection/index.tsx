import type { SettingsView } from '../../../server/admin-contract';
import { Failure } from '../components/Failure';
import { Flex } from '../elements';
import type { Permissions } from '../permissions';
import { useText } from '../text';
import { Form } from './Form';
import { Issuer } from './Issuer';
import { State } from './State';
import { Urls } from './Urls';
import type { ConnectionForm } from './use-connection';

interface ConnectionProps {
  readonly settings: SettingsView;
  readonly form: ConnectionForm;
  readonly permissions: Permissions;
  readonly onSettings: (settings: SettingsView) => void;
  readonly onChecks: () => void;
}

/** The tab that connects Strapi to a user pool. */
export function Connection(props: ConnectionProps) {
  const { settings, form, permissions, onSettings, onChecks } = props;
  const text = useText();
  return (
    <Flex direction="column" alignItems="stretch" gap={6}>
      {Boolean(form.error) && <Failure title={text('form.not-saved')} error={form.error} />}
      <State settings={settings} onChecks={onChecks} />
      <Form settings={settings} form={form} canEdit={permissions.updateProviders} />
      <Urls urls={settings.urls} />
      <Issuer settings={settings} canUpdate={permissions.updateSettings} onSettings={onSettings} />
    </Flex>
  );
}
