import { ToggleField } from '../elements';
import { useText } from '../text';
import type { Editing } from './Setting';

/** On or off. */
export function Toggle({ label, value, canEdit, onChange }: Editing<boolean>) {
  const text = useText();
  return (
    <ToggleField
      aria-label={label}
      value={value}
      disabled={!canEdit}
      offLabel={text('toggle.off')}
      onLabel={text('toggle.on')}
      onChange={onChange}
    />
  );
}
