import { useEffect, useRef, type ReactNode } from 'react';
import { describeFailure } from '../api/failure';
import { Button, Dialog, Flex } from '../elements';
import { useText } from '../text';
import { Paragraph } from './Paragraph';

interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly confirmLabel: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/**
 * Asks before an action that a click cannot undo. It stays open while the action runs, and says why it failed.
 * Rendered only while it is open.
 */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirmLabel, isBusy, error, onConfirm, onClose } = props;
  const text = useText();
  const confirmButton = useFocusAfterFailure(error);
  return (
    <Dialog
      title={title}
      onClose={isBusy ? () => undefined : onClose}
      startAction={
        <Button variant="tertiary" disabled={isBusy} onClick={onClose}>
          {text('dialog.cancel')}
        </Button>
      }
      endAction={
        <Button ref={confirmButton} variant="danger-light" loading={isBusy} onClick={onConfirm}>
          {confirmLabel}
        </Button>
      }
    >
      <Flex direction="column" alignItems="stretch" gap={3}>
        {children}
        {Boolean(error) && (
          <Paragraph role="alert" color="danger600" isCentered>
            {describeFailure(error, text)}
          </Paragraph>
        )}
      </Flex>
    </Dialog>
  );
}

/** The button is disabled while it works, and a disabled button loses the focus. */
function useFocusAfterFailure(error: unknown) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (error) button.current?.focus();
  }, [error]);
  return button;
}
