import type { ReactNode } from 'react';
import { useIntl } from 'react-intl';
import { usePermissions } from './hooks';
import type { Elements, UserPanelDefinition } from '../types';

/** A panel of the Content Manager's edit view; `null` if there is none. */
type SidePanel = (view: {
  model: string;
  document?: { id: number | string };
}) => { title: string; content: ReactNode } | null;

/** What Strapi 5 also has in its admin application. */
interface WithPlugins {
  getPlugin(id: 'content-manager'): {
    apis: { addEditViewSidePanel(panels: SidePanel[]): void };
  };
}

export const SETTINGS_LINKS = '';

export const addUserPanel: Elements['addUserPanel'] = (app, panel) =>
  (app as unknown as WithPlugins)
    .getPlugin('content-manager')
    .apis.addEditViewSidePanel([sidePanel(panel)]);

function sidePanel({ label, actions, Component }: UserPanelDefinition): SidePanel {
  return function useUserPanel({ model, document }) {
    const intl = useIntl();
    const permissions = usePermissions(actions);
    const isUser = model === 'plugin::users-permissions.user' && document !== undefined;
    if (!isUser || !permissions?.size) return null;
    const user = Number(document.id);
    const title = intl.formatMessage(label);
    return {
      title,
      content: (
        <section aria-label={title}>
          <Component key={user} user={user} />
        </section>
      ),
    };
  };
}
