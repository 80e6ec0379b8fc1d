import { IconButton, useCopy, useNotify } from '../elements';
import { useText } from '../text';

/** Copies a value to the clipboard. */
export function CopyButton({ value, name }: { readonly value: string; readonly name: string }) {
  const text = useText();
  const notify = useNotify();
  const copy = useCopy();
  const handleClick = async () => {
    const copied = await copy(value);
    notify(copied ? 'success' : 'error', text(copied ? 'copy.done' : 'copy.failed'));
  };
  return (
    <IconButton
      icon="copy"
      label={text('copy.label', { name })}
      noBorder
      onClick={() => void handleClick()}
    />
  );
}
