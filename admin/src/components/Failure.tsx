import { describeFailure } from '../api/failure';
import { Button, Typography } from '../elements';
import { useText } from '../text';
import { Notice } from './Notice';

interface FailureProps {
  readonly title: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly retrying?: boolean;
}

/** Says what did not work and why, and lets it be tried again. */
export function Failure({ title, error, onRetry, retrying = false }: FailureProps) {
  const text = useText();
  return (
    <Notice
      alert
      tone="danger"
      title={title}
      action={
        onRetry && (
          <Button
            size="S"
            variant="tertiary"
            startIcon="retry"
            loading={retrying}
            onClick={onRetry}
          >
            {text('failure.retry')}
          </Button>
        )
      }
    >
      <Typography as="p" textColor="neutral800">
        {describeFailure(error, text)}
      </Typography>
    </Notice>
  );
}
