import { Button, Dialog, DialogBody, DialogFooter, Flex, Typography } from '@strapi/design-system';
import { ExclamationMarkCircle } from '@strapi/icons';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { describeFailure } from '../api/failure';
import { useText } from '../text';

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
 * Asks before something that cannot be undone by a click. It stays open while that is being done, and
 * says why it failed. Rendered only while it is open.
 */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirmLabel, isBusy, error, onConfirm, onClose } = props;
  const text = useText();
  const id = useId();
  const confirmButton = useFocusAfterFailure(error);
  return (
    <Dialog isOpen onClose={isBusy ? () => undefined : onClose} title={title} id={id}>
      <DialogBody icon={<ExclamationMarkCircle aria-hidden />}>
        <Flex direction="column" alignItems="stretch" gap={3}>
          {children}
          {Boolean(error) && (
            <Typography as="p" role="alert" textColor="danger600" textAlign="center">
              {describeFailure(error, text)}
            </Typography>
          )}
        </Flex>
      </DialogBody>
      <DialogFooter
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
      />
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
