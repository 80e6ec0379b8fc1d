import type { CheckId, Outcome } from '../../../server/admin-contract';
import { DateTime } from '../components/DateTime';
import { Notice } from '../components/Notice';
import { useText } from '../text';
import { checkIds } from './ids';
import type { CheckState } from './use-checks';

interface SummaryProps {
  readonly states: ReadonlyMap<CheckId, CheckState>;
  readonly isRunning: boolean;
  /** When the last run ended, in ISO 8601. */
  readonly endedAt: string | undefined;
}

/** The result of a run, as a sentence. Screen readers read it out, so it shows no progress during the run. */
export function Summary({ states, isRunning, endedAt }: SummaryProps) {
  const text = useText();
  if (states.size === 0) return null;
  if (isRunning) {
    return <Notice tone="primary" title={text('checks.running', { total: checkIds.length })} />;
  }
  const all = [...states.values()];
  const count = (outcome: Outcome) =>
    all.filter((state) => state.step === 'done' && state.result.outcome === outcome).length;
  const problems = count('fail') + all.filter(({ step }) => step !== 'done').length;
  const warnings = count('warn');
  const [tone, key] =
    problems > 0
      ? (['danger', 'checks.summary.fail'] as const)
      : warnings > 0
        ? (['warning', 'checks.summary.warn'] as const)
        : (['success', 'checks.summary.pass'] as const);
  return (
    <Notice
      tone={tone}
      title={text(key, { problems, warnings })}
      hint={
        endedAt !== undefined && (
          <>
            {text('checks.ended')} <DateTime iso={endedAt} />
          </>
        )
      }
    />
  );
}
