import { useEffect, useState } from 'react';
import type { Named } from './user-name';

/** A text that is typed to search for. */
interface Typed {
  /** As it is typed. */
  readonly typed: string;
  /** The same when the typing has paused: what the server is asked. */
  readonly q: string;
  type: (text: string) => void;
}

/** What is searched for among users and logins. It lives as long as the page, whatever tab is open. */
export interface Search {
  readonly identities: Typed;
  readonly identitiesPage: number;
  goToIdentities: (page: number) => void;

  readonly logins: Typed;
  readonly loginsPage: number;
  goToLogins: (page: number) => void;
  /** Whose logins are shown; `null` for all. */
  readonly chosen: Named | null;
  choose: (user: Named | null) => void;
  /** `all`, `failed`, or a code. */
  readonly outcome: string;
  filter: (outcome: string) => void;
}

/** How long the typing has to pause, in ms. */
const PAUSE = 300;

/** Keeps what is searched for. */
export function useSearch(): Search {
  const [identitiesPage, goToIdentities] = useState(1);
  const [loginsPage, goToLogins] = useState(1);
  const [chosen, setChosen] = useState<Named | null>(null);
  const [outcome, setOutcome] = useState('all');
  const identities = useTyped(goToIdentities);
  const logins = useTyped(goToLogins);
  return {
    identities,
    identitiesPage,
    goToIdentities,
    logins,
    loginsPage,
    goToLogins,
    chosen,
    choose: (user) => {
      setChosen(user);
      goToLogins(1);
    },
    outcome,
    filter: (next) => {
      setOutcome(next);
      goToLogins(1);
    },
  };
}

function useTyped(goToPage: (page: number) => void): Typed {
  const [typed, type] = useState('');
  const [q, setQ] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => {
      setQ(typed.trim());
      goToPage(1);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typed, goToPage]);
  return { typed, q, type };
}
