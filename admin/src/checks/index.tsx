import { useEffect } from 'react';
import type { CheckId } from '../../../server/admin-contract';
import { Fold } from '../components/layout';
import { Panel } from '../components/Panel';
import { Box, Button } from '../elements';
import { useText } from '../text';
import { CheckRow } from './CheckRow';
import { checkIds } from './ids';
import type { Place } from './remedies';
import { Summary } from './Summary';
import type { Checks as State, CheckState } from './use-checks';

interface ChecksProps {
  readonly checks: State;
  readonly onSetting: (tab: Place['tab'], setting: string) => void;
}

/** The tab that finds out why users cannot log in. The checks run when it is opened for the first time. */
export function Checks({ checks, onSetting }: ChecksProps) {
  const text = useText();
  const { states, isRunning, endedAt, start, stop, retry } = checks;
  const hasRun = states.size > 0;
  useEffect(() => {
    if (!hasRun) start();
  }, [hasRun, start]);

  const rows = (ids: readonly CheckId[]) => (
    <ul aria-label={text('checks.title')}>
      {ids.map((id) => {
        const state = states.get(id);
        return (
          state && (
            <CheckRow
              key={id}
              id={id}
              state={state}
              onRetry={() => retry(id)}
              onSetting={onSetting}
            />
          )
        );
      })}
    </ul>
  );
  const ordered = isRunning ? checkIds : byUrgency(states);
  const needsNothing = (id: CheckId) => {
    const state = states.get(id);
    return state?.step === 'done' && ['pass', 'skipped'].includes(state.result.outcome);
  };
  const folded = isRunning ? [] : ordered.filter(needsNothing);
  const open = ordered.filter((id) => !folded.includes(id));

  return (
    <Panel
      title={text('checks.title')}
      hint={text('checks.hint')}
      action={
        <Button
          variant="secondary"
          startIcon={isRunning ? undefined : 'run'}
          onClick={isRunning ? stop : start}
        >
          {text(isRunning ? 'checks.stop' : 'checks.again')}
        </Button>
      }
    >
      <div
        role="status"
        aria-live="polite"
        data-check-run={isRunning ? 'running' : endedAt === undefined ? 'stopped' : 'ended'}
      >
        <Summary states={states} isRunning={isRunning} endedAt={endedAt} />
      </div>
      {open.length > 0 && <Box paddingTop={2}>{rows(open)}</Box>}
      {folded.length > 0 && (
        <Box paddingTop={4}>
          <Fold title={text('checks.folded', { count: folded.length })}>{rows(folded)}</Fold>
        </Box>
      )}
    </Panel>
  );
}

const ranks = { fail: 0, warn: 2, skipped: 3, pass: 4 };

function rankOf(state: CheckState | undefined): number {
  if (state?.step === 'done') return ranks[state.result.outcome];
  return state?.step === 'failed' ? 1 : ranks.skipped;
}

/** The checks that need action come first; among equals, those on which others depend. */
function byUrgency(states: ReadonlyMap<CheckId, CheckState>): CheckId[] {
  return [...checkIds].sort((one, other) => rankOf(states.get(one)) - rankOf(states.get(other)));
}
