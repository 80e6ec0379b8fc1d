import type { CheckId, Outcome } from '../../../server/admin-contract';
import { Box } from '../elements';
import { useText } from '../text';
import { checkIds } from './ids';
import type { CheckState } from './use-checks';

interface SummaryProps {
  readonly states: ReadonlyMap<CheckId, CheckState>;
  readonly isRunning: boolean;
}

/** How a run went, in a sentence. It is read out, so it does not count along while the run goes on. */
export function Summary({ states, isRunning }: SummaryProps) {
  const text = useText();
  if (states.size === 0) return null;
  return <Box paddingBottom={4}>{sentence()}</Box>;

  function sentence(): string {
    if (isRunning) return text('checks.running', { total: checkIds.length });
    const all = [...states.values()];
    const count = (outcome: Outcome) =>
      all.filter((state) => state.step === 'done' && state.result.outcome === outcome).length;
    const bad = count('fail');
    const doubtful = count('warn');
    const unanswered = all.filter(({ step }) => step !== 'done').length;
    const numbers = { good: count('pass'), doubtful, bad, skipped: count('skipped'), unanswered };
    if (bad + unanswered > 0) return text('checks.summary.bad', numbers);
    return text(doubtful > 0 ? 'checks.summary.doubtful' : 'checks.summary.good', numbers);
  }
}
