import { describeFailure } from '../api/failure';
import { Button } from '../elements';
import { useText } from '../text';
import { Notice } from './Notice';

interface FailureProps {
  readonly title: string;
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly retrying?: boolean;
}

/** Says what failed and why, with a button to try again. */
export function Failure({ title, error, onRetry, retrying = false }: FailureProps) {
  const text = useText();
  return (
    <Notice
      alert
      tone="danger"
      title={title}
      hint={describeFailure(error, text)}
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
    />
  );
}
