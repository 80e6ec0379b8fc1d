import { useRef } from 'react';
import type { CheckId, CheckResult } from '../../../server/admin-contract';
import { describeFailure } from '../api/failure';
import { Breaking, CheckGrid } from '../components/layout';
import { Paragraph } from '../components/Paragraph';
import { Box, Button, Flex, Icon, Typography } from '../elements';
import { useText, useTextWithFallback } from '../text';
import { placeOf, type Place } from './remedies';
import type { CheckState } from './use-checks';

interface CheckRowProps {
  readonly id: CheckId;
  readonly state: CheckState;
  readonly onRetry: () => void;
  readonly onSetting: (tab: Place['tab'], setting: string) => void;
}

/** One check: its status as an icon and a word, its message, and what to do. */
export function CheckRow({ id, state, onRetry, onSetting }: CheckRowProps) {
  const text = useText();
  const row = useRef<HTMLLIElement>(null);
  const retry = () => {
    // The button disappears as soon as the check runs.
    row.current?.focus();
    onRetry();
  };
  return (
    <CheckGrid data-check={id} ref={row} tabIndex={-1}>
      <div>
        <Status state={state} />
      </div>
      <div>
        <Typography as="h3" fontWeight="semiBold" textColor="neutral800">
          {text(`check-title.${id}`)}
        </Typography>
        {state.step === 'done' && <Result result={state.result} onSetting={onSetting} />}
        {state.step === 'failed' && (
          <Breaking>
            <Paragraph color="neutral700">{describeFailure(state.error, text)}</Paragraph>
          </Breaking>
        )}
        {(state.step === 'failed' || state.step === 'stopped') && (
          <Box paddingTop={2}>
            <Button
              size="S"
              variant="tertiary"
              startIcon="retry"
              onClick={retry}
              aria-label={text('checks.retry', { check: text(`check-title.${id}`) })}
            >
              {text('failure.retry')}
            </Button>
          </Box>
        )}
      </div>
    </CheckGrid>
  );
}

const looks = {
  pass: { icon: 'success', color: 'success600' },
  warn: { icon: 'warning', color: 'warning600' },
  fail: { icon: 'error', color: 'danger600' },
  skipped: { icon: 'none', color: 'neutral600' },
  // Strapi did not say.
  failed: { icon: 'unknown', color: 'danger600' },
  stopped: { icon: 'none', color: 'neutral600' },
  running: { icon: 'running', color: 'primary600' },
} as const;

/** The status of a check, as an icon and a word, because not everyone sees colors. */
function Status({ state }: { readonly state: CheckState }) {
  const text = useText();
  const status = state.step === 'done' ? state.result.outcome : state.step;
  if (status === 'waiting') {
    return <Typography textColor="neutral600">{text('check-status.waiting')}</Typography>;
  }
  const { icon, color } = looks[status];
  const isRunning = status === 'running';
  const isGrey = isRunning || color === 'neutral600';
  return (
    <Flex gap={2}>
      <Icon name={icon} color={color} turns={isRunning} />
      <Typography
        {...(!isRunning && { fontWeight: 'semiBold' })}
        textColor={isGrey ? 'neutral600' : 'neutral800'}
      >
        {text(`check-status.${status}`)}
      </Typography>
    </Flex>
  );
}

interface ResultProps {
  readonly result: CheckResult;
  readonly onSetting: CheckRowProps['onSetting'];
}

function Result({ result, onSetting }: ResultProps) {
  const text = useText();
  const textOf = useTextWithFallback();
  const { code, values, message, remedy } = result;
  const place = placeOf(result);
  return (
    <>
      <Breaking>
        <Paragraph color="neutral700">{textOf(`check.${code}.message`, message, values)}</Paragraph>
      </Breaking>
      {remedy !== null && (
        <Box paddingTop={2}>
          <Breaking>
            <Paragraph color="neutral700">
              <Typography fontWeight="semiBold" textColor="neutral800">
                {text('checks.remedy')}
              </Typography>{' '}
              {textOf(`check.${code}.remedy`, remedy, values)}
            </Paragraph>
          </Breaking>
        </Box>
      )}
      {place && (
        <Box paddingTop={2}>
          <Button
            size="S"
            variant="tertiary"
            endIcon="forward"
            aria-label={text('checks.go-to.label', { check: text(`check-title.${result.id}`) })}
            onClick={() => onSetting(place.tab, place.setting)}
          >
            {text('checks.go-to')}
          </Button>
        </Box>
      )}
    </>
  );
}
