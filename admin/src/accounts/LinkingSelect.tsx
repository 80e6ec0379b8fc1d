import type { AccountSettings } from '../../../server/admin-contract';
import { Box, SelectField, Typography } from '../elements';
import { useText } from '../text';
import type { Editing } from './Setting';

type Linking = AccountSettings['linking'];

const modes: readonly Linking[] = ['never', 'explicit', 'verified-email'];

/** What happens where a stranger comes with the email of somebody who is here already. */
export function LinkingSelect({ label, value, canEdit, onChange }: Editing<Linking>) {
  const text = useText();
  return (
    <>
      <SelectField
        aria-label={label}
        value={value}
        options={modes.map((mode) => ({ value: mode, label: text(`linking.${mode}`) }))}
        disabled={!canEdit}
        onChange={(mode) => onChange(mode as Linking)}
      />
      <Box paddingTop={2}>
        <Typography as="p" variant="pi" textColor="neutral600">
          {text(`linking.${value}.hint`)}
        </Typography>
      </Box>
    </>
  );
}
