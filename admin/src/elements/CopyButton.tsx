import { IconButton } from '@strapi/design-system';
import { useClipboard, useNotification } from '@strapi/helper-plugin';
import { Duplicate } from '@strapi/icons';
import { textId, useText } from '../text';

/** Puts a value into the clipboard. */
export function CopyButton({ value, name }: { readonly value: string; readonly name: string }) {
  const text = useText();
  const notify = useNotification();
  const { copy } = useClipboard();
  const handleClick = async () => {
    const copied = await copy(value);
    notify({
      type: copied ? 'success' : 'warning',
      message: { id: textId(copied ? 'copy.done' : 'copy.failed'), defaultMessage: value },
    });
  };
  return (
    <IconButton
      icon={<Duplicate />}
      label={text('copy.label', { name })}
      noBorder
      onClick={() => void handleClick()}
    />
  );
}
