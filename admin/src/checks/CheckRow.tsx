import { useRef } from 'react';
import type { CheckId, CheckResult } from '../../../server/admin-contract';
import { describeFailure } from '../api/failure';
import { CheckGrid } from '../components/CheckGrid';
import { Breaking } from '../components/DescriptionList';
import { Box, Button, Flex, Icon, Typography } from '../elements';
import { useText, useTextWithFallback } from '../text';
import { CheckStatus } from './CheckStatus';

import { placeOf, type Place } from './remedies';
import type { CheckState } from './use-checks';

interface CheckRowProps {
  readonly id: CheckId;
  readonly state: CheckState;
  readonly onRetry: () => void;
  readonly onSetting: (tab: Place['tab'], setting: string) => void;
}

/** One check: how it ended as icon and word, the sentence, and what to do. */
export function CheckRow({ id, state, onRetry, onSetting }: CheckRowProps) {
  const text = useText();
  const row = useRef<HTMLLIElement>(null);
  const retry = () => {
    // The button goes as soon as the check runs.
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
            <Typography as="p" textColor="neutral700">
              {describeFailure(state.error, text)}
            </Typography>
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

function Status({ state }: { readonly state: CheckState }) {
  const text = useText();
  if (state.step === 'done') return <CheckStatus status={state.result.outcome} />;
  if (state.step === 'failed') return <CheckStatus status="unanswered" />;
  if (state.step === 'stopped') return <CheckStatus status="stopped" />;
  if (state.step === 'waiting') {
    return <Typography textColor="neutral600">{text('check-status.waiting')}</Typography>;
  }
  return (
    <Flex gap={2}>
      <Icon name="running" color="primary600" turns />
      <Typography textColor="neutral600">{text('check-status.running')}</Typography>
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
        <Typography as="p" textColor="neutral700">
          {textOf(`check.${code}.message`, message, values)}
        </Typography>
      </Breaking>
      {remedy !== null && (
        <Box paddingTop={2}>
          <Breaking>
            <Typography as="p" textColor="neutral700">
              <Typography fontWeight="semiBold" textColor="neutral800">
                {text('checks.remedy')}
              </Typography>{' '}
              {textOf(`check.${code}.remedy`, remedy, values)}
            </Typography>
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
