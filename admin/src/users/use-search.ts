import { useEffect, useState } from 'react';
import type { Named } from './user-name';

/** Whose logins are shown. */
export type Chosen = Named;

/** What is looked for among users and logins. It lives as long as the page, whatever tab is open. */
export interface Search {
  /** As it is typed. */
  readonly typed: string;
  /** The same when the typing has come to a rest: what the server is asked. */
  readonly q: string;
  readonly identitiesPage: number;
  readonly loginsPage: number;
  readonly chosen: Chosen | null;
  type: (text: string) => void;
  goToIdentities: (page: number) => void;
  goToLogins: (page: number) => void;
  choose: (user: Chosen | null) => void;
}

/** How long somebody who types is waited for, in ms. */
const REST = 300;

/** Keeps what is looked for. */
export function useSearch(): Search {
  const [typed, setTyped] = useState('');
  const [q, setQ] = useState('');
  const [identitiesPage, goToIdentities] = useState(1);
  const [loginsPage, goToLogins] = useState(1);
  const [chosen, setChosen] = useState<Chosen | null>(null);

  useEffect(() => {
    const timer = setTimeout(() => {
      setQ(typed.trim());
      goToIdentities(1);
    }, REST);
    return () => clearTimeout(timer);
  }, [typed]);

  return {
    typed,
    q,
    identitiesPage,
    loginsPage,
    chosen,
    type: setTyped,
    goToIdentities,
    goToLogins,
    choose: (user) => {
      setChosen(user);
      goToLogins(1);
    },
  };
}
