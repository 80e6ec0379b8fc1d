import { Typography } from '@strapi/design-system';
import { useNotification } from '@strapi/helper-plugin';
import type { LinkedIdentity } from '../../../server/admin-contract';
import { useUnlink } from '../api/people';
import { ConfirmDialog } from '../elements/ConfirmDialog';
import { textId, useText } from '../text';
import { useUserName } from './user-name';

interface UnlinkDialogProps {
  readonly identity: LinkedIdentity;
  readonly onClose: () => void;
  /** Puts the focus where there is something left. */
  readonly onUnlinked: () => void;
}

/** Asks before a user loses their Cognito account, and says what that means. */
export function UnlinkDialog({ identity, onClose, onUnlinked }: UnlinkDialogProps) {
  const text = useText();
  const notify = useNotification();
  const unlink = useUnlink();
  const { provider } = identity.user;
  const name = useUserName()(identity.user);
  const confirm = () =>
    unlink.mutate(identity, {
      onSuccess: () => {
        notify({
          type: 'success',
          message: { id: textId('unlink.done'), defaultMessage: name },
        });
        onClose();
        // The dialog gives the focus back to a button that is gone.
        setTimeout(onUnlinked);
      },
    });
  return (
    <ConfirmDialog
      title={text('unlink.title', { name })}
      confirmLabel={text('unlink')}
      isBusy={unlink.isLoading}
      error={unlink.error}
      onConfirm={confirm}
      onClose={onClose}
    >
      <Typography as="p" textAlign="center">
        {text(provider === 'cognito' ? 'unlink.hint.cognito' : 'unlink.hint.other')}
      </Typography>
      <Typography as="p" textAlign="center" textColor="neutral600">
        {text('unlink.hint.sessions')}
      </Typography>
    </ConfirmDialog>
  );
}
