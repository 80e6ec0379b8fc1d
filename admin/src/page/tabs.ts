import { useHistory, useLocation } from 'react-router-dom';
import type { Rights } from '../rights';

/** A tab of the page, by its name in the address. */
export type TabName = 'connection' | 'checks' | 'accounts' | 'people';

/** The tabs that somebody with these rights has. */
export function tabsFor({ readSettings, readIdentities }: Rights): readonly TabName[] {
  return [
    ...(readSettings ? (['connection', 'checks', 'accounts'] as const) : []),
    ...(readIdentities ? (['people'] as const) : []),
  ];
}

/** The open tab, which is in the address: it can be sent to a colleague, and stays at a reload. */
export function useTab(tabs: readonly TabName[]): [TabName | undefined, (tab: TabName) => void] {
  const history = useHistory();
  const { pathname, search } = useLocation();
  const asked = new URLSearchParams(search).get('tab');
  const tab = tabs.find((name) => name === asked) ?? tabs[0];
  return [
    tab,
    (next) => {
      if (next !== tab) history.replace({ pathname, search: `?tab=${next}` });
    },
  ];
}
