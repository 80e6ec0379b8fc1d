import type { CheckId } from '../../../server/admin-contract';
import { checkIds } from './ids';
import type { CheckState } from './use-checks';

const ranks = { fail: 0, warn: 2, skipped: 3, pass: 4 };

function rankOf(state: CheckState | undefined): number {
  if (state?.step === 'done') return ranks[state.result.outcome];
  return state?.step === 'failed' ? 1 : ranks.skipped;
}

/** The checks with what needs to be done first; among equals, what others depend on. */
export function byUrgency(states: ReadonlyMap<CheckId, CheckState>): CheckId[] {
  return [...checkIds].sort((one, other) => rankOf(states.get(one)) - rankOf(states.get(other)));
}
