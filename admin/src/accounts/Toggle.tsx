import { ToggleInput } from '@strapi/design-system';
import { useText } from '../text';
import type { Editing } from './Setting';

/** On or off. */
export function Toggle({ label, value, canEdit, onChange }: Editing<boolean>) {
  const text = useText();
  return (
    <ToggleInput
      aria-label={label}
      checked={value}
      disabled={!canEdit}
      offLabel={text('toggle.off')}
      onLabel={text('toggle.on')}
      onChange={(event) => onChange(event.target.checked)}
    />
  );
}
