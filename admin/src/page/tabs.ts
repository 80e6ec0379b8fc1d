import { useUrlParameter } from '../elements';
import type { Permissions } from '../permissions';

/** A tab of the page, by its name in the URL. */
export type TabName = 'connection' | 'checks' | 'accounts' | 'users';

/** The tabs for an admin with these permissions. */
export function tabsFor({ readSettings, readIdentities }: Permissions): readonly TabName[] {
  return [
    ...(readSettings ? (['connection', 'checks', 'accounts'] as const) : []),
    ...(readIdentities ? (['users'] as const) : []),
  ];
}

/** The open tab. It is in the URL, so that it can be sent to a colleague and survives a reload. */
export function useTab(tabs: readonly TabName[]): [TabName | undefined, (tab: TabName) => void] {
  const [wanted, open] = useUrlParameter('tab');
  return [tabs.find((name) => name === wanted) ?? tabs[0], open];
}
