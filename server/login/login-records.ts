import type { LoginRecord } from '../admin-contract';
import { CognitoError } from '../protocol/errors';
import { LOGIN_RECORD, type Strapi, service } from '../strapi';

type Step = LoginRecord['step'];

interface Row {
  readonly at: number;
  readonly userId: number | null;
  readonly step: Step;
  readonly outcome: string;
}

/**
 * How logins ended, kept for the operator. A login pays nothing for it: its records lie in memory
 * until the next {@link LoginRecords.flush}.
 */
export interface LoginRecords {
  /** Notes how a step ended: `ok`, or the code of an error. */
  add(step: Step, outcome: string, userId?: number): void;
  /** Writes what lies in memory. Never rejects: records that cannot be written are lost, with a warning. */
  flush(): Promise<void>;
}

/**
 * Records kept, and at the most written at once. Those without a user have a number of their own: a
 * flood of them must not push away what is known of somebody.
 */
const KEPT = { withUser: 1_000, withoutUser: 200 } as const;
const BUFFERED = { withUser: 300, withoutUser: 100 } as const;
/** Records written before the old ones are deleted again. */
const PRUNE_EVERY = 100;

type Kind = keyof typeof KEPT;

const kinds: Readonly<Record<Kind, object>> = {
  withUser: { userId: { $notNull: true } },
  withoutUser: { userId: { $null: true } },
};

export function createLoginRecords({ strapi }: { strapi: Strapi }): LoginRecords {
  let buffer: Record<Kind, Row[]> = { withUser: [], withoutUser: [] };
  let dropped = 0;
  // There may be old ones from before.
  let sincePrune = PRUNE_EVERY;
  let last = Promise.resolve();
  const table = () => strapi.db.query(LOGIN_RECORD);

  const prune = async (kind: Kind): Promise<void> => {
    const where = kinds[kind];
    const query = { select: ['id'], where, orderBy: { id: 'desc' }, offset: KEPT[kind], limit: 1 };
    const [newestToGo] = (await table().findMany(query)) as { id: number }[];
    if (!newestToGo) return;
    await table().deleteMany({ where: { ...where, id: { $lte: newestToGo.id } } });
  };

  const write = async (): Promise<void> => {
    const rows = [...buffer.withUser, ...buffer.withoutUser].sort((a, b) => a.at - b.at);
    buffer = { withUser: [], withoutUser: [] };
    if (dropped > 0) strapi.log.warn(`[cognito] too many logins at once: ${dropped} not recorded`);
    dropped = 0;
    if (rows.length === 0) return;
    try {
      await table().createMany({ data: rows });
      sincePrune += rows.length;
      if (sincePrune < PRUNE_EVERY) return;
      await prune('withUser');
      await prune('withoutUser');
      sincePrune = 0;
    } catch (error) {
      strapi.log.warn(`[cognito] ${rows.length} logins are not recorded: ${String(error)}`);
    }
  };

  return {
    add(step, outcome, userId) {
      const kind = userId === undefined ? 'withoutUser' : 'withUser';
      if (buffer[kind].length >= BUFFERED[kind]) dropped += 1;
      else buffer[kind].push({ at: Date.now(), userId: userId ?? null, step, outcome });
    },
    flush() {
      last = last.then(write);
      return last;
    },
  };
}

/** What the record of a failed step says: never more than a stable code and whom it is about. */
export function recordFailure(strapi: Strapi, step: Step, error: unknown, userId?: number): void {
  const known = error instanceof CognitoError ? error : undefined;
  service(strapi, 'login-records').add(
    step,
    known?.code ?? 'server_error',
    userId ?? known?.userId,
  );
}
