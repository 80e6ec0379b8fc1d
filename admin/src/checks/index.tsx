import { Panel } from '../components/Panel';
import { Button, Typography } from '../elements';
import { useText } from '../text';
import { CheckRow } from './CheckRow';
import { checkIds } from './ids';
import { inOrderOfNeed } from './order';
import { Summary } from './Summary';
import type { Checks as State } from './use-checks';

/** The tab that finds out why nobody can log in. */
export function Checks({ checks }: { readonly checks: State }) {
  const text = useText();
  const { states, isRunning, start, stop, retry } = checks;
  const hasRun = states.size > 0;
  return (
    <Panel
      title={text('checks.title')}
      hint={text('checks.hint')}
      action={
        <Button
          size="L"
          variant={isRunning ? 'tertiary' : 'default'}
          startIcon={isRunning ? undefined : 'run'}
          onClick={isRunning ? stop : start}
        >
          {text(isRunning ? 'checks.stop' : hasRun ? 'checks.again' : 'checks.start')}
        </Button>
      }
    >
      <Typography as="div" role="status" aria-live="polite">
        <Summary states={states} isRunning={isRunning} />
      </Typography>
      {hasRun && (
        <ul aria-label={text('checks.title')}>
          {(isRunning ? checkIds : inOrderOfNeed(states)).map((id) => {
            const state = states.get(id);
            return state && <CheckRow key={id} id={id} state={state} onRetry={() => retry(id)} />;
          })}
        </ul>
      )}
    </Panel>
  );
}
