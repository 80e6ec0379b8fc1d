import { useEffect, useState } from 'react';
import type { Named } from './user-name';

/** The text of a search field. */
interface Typed {
  /** As it is typed. */
  readonly typed: string;
  /** The text after a pause in typing, which is sent to the server. */
  readonly q: string;
  type: (text: string) => void;
}

/** The searches for users and logins. They live as long as the page, even if another tab is open. */
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

/** The length of the pause in typing, in ms. */
const PAUSE = 300;

/** Keeps the searches. */
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
