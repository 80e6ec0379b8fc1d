import type { LinkedIdentity } from '../../../server/admin-contract';
import { useUnlink } from '../api/users';
import { ConfirmDialog } from '../components/ConfirmDialog';
import { Paragraph } from '../components/Paragraph';
import { useNotify } from '../elements';
import { useText } from '../text';
import { useUserName } from './user-name';

interface UnlinkDialogProps {
  readonly identity: LinkedIdentity;
  readonly onClose: () => void;
  /** Requests the list again, and moves the focus to an element that still exists. */
  readonly onUnlinked: () => void;
}

/** Asks before a user loses their Cognito account, and says what that means. */
export function UnlinkDialog({ identity, onClose, onUnlinked }: UnlinkDialogProps) {
  const text = useText();
  const notify = useNotify();
  const unlink = useUnlink();
  const { provider } = identity.user;
  const name = useUserName()(identity.user);
  const confirm = () =>
    unlink.run(identity, {
      onSuccess: () => {
        notify('success', text('unlink.done'));
        onClose();
        // The dialog returns the focus to a button that no longer exists.
        setTimeout(onUnlinked);
      },
    });
  return (
    <ConfirmDialog
      title={text('unlink.title', { name })}
      confirmLabel={text('unlink')}
      isBusy={unlink.isRunning}
      error={unlink.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Paragraph color="neutral800" isCentered>
        {text(provider === 'cognito' ? 'unlink.hint.cognito' : 'unlink.hint.other')}
      </Paragraph>
      <Paragraph isCentered>{text('unlink.hint.sessions')}</Paragraph>
    </ConfirmDialog>
  );
}
