import { Box, Button, Flex, Typography } from '@strapi/design-system';
import { Loader, Refresh } from '@strapi/icons';
import { useRef } from 'react';
import styled, { keyframes } from 'styled-components';
import type { CheckId, CheckResult } from '../../../server/admin-contract';
import { describeFailure } from '../api/failure';
import { Breaking } from '../elements/Facts';
import { useText, useTextOf } from '../text';
import { Verdict } from './Verdict';
import type { CheckState } from './use-checks';

const turn = keyframes`
  to {
    transform: rotate(360deg);
  }
`;

/** The design system's own is an alert, and there are several here at a time. */
const Spinner = styled(Loader)`
  animation: ${turn} 2s infinite linear;

  path {
    fill: ${({ theme }) => theme.colors.primary600};
  }
`;

const Row = styled.li`
  display: grid;
  grid-template-columns: 8.5rem minmax(0, 1fr);
  gap: ${({ theme }) => theme.spaces[2]} ${({ theme }) => theme.spaces[4]};
  padding: ${({ theme }) => theme.spaces[4]} 0;

  ${({ theme }) => theme.mediaQueries.mobile} {
    grid-template-columns: minmax(0, 1fr);
  }
`;

interface CheckRowProps {
  readonly id: CheckId;
  readonly state: CheckState;
  readonly onRetry: () => void;
}

/** One check: how it ended as icon and word, the sentence, and what to do. */
export function CheckRow({ id, state, onRetry }: CheckRowProps) {
  const text = useText();
  const row = useRef<HTMLLIElement>(null);
  const retry = () => {
    // The button goes as soon as the check runs.
    row.current?.focus();
    onRetry();
  };
  return (
    <Row data-check={id} ref={row} tabIndex={-1}>
      <div>
        <Status state={state} />
      </div>
      <div>
        <Typography as="h3" fontWeight="semiBold" textColor="neutral800">
          {text(`check-title.${id}`)}
        </Typography>
        {state.step === 'done' && <Result result={state.result} />}
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
              startIcon={<Refresh />}
              onClick={retry}
              aria-label={text('checks.retry', { check: text(`check-title.${id}`) })}
            >
              {text('failure.retry')}
            </Button>
          </Box>
        )}
      </div>
    </Row>
  );
}

function Status({ state }: { readonly state: CheckState }) {
  const text = useText();
  if (state.step === 'done') return <Verdict verdict={state.result.outcome} />;
  if (state.step === 'failed') return <Verdict verdict="unanswered" />;
  if (state.step === 'stopped') return <Verdict verdict="stopped" />;
  if (state.step === 'waiting') {
    return <Typography textColor="neutral600">{text('verdict.waiting')}</Typography>;
  }
  return (
    <Flex gap={2}>
      <Spinner aria-hidden />
      <Typography textColor="neutral600">{text('verdict.running')}</Typography>
    </Flex>
  );
}

function Result({ result }: { readonly result: CheckResult }) {
  const text = useText();
  const textOf = useTextOf();
  const { code, values, message, remedy } = result;
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
    </>
  );
}
