import { Box, SingleSelect, SingleSelectOption, Typography } from '@strapi/design-system';
import type { AccountSettings } from '../../../server/admin-contract';
import { useText } from '../text';
import type { Editing } from './Setting';

type Linking = AccountSettings['linking'];

const modes: readonly Linking[] = ['never', 'explicit', 'verified-email'];

/** What happens where a stranger comes with the email of somebody who is here already. */
export function LinkingSelect({ label, value, canEdit, onChange }: Editing<Linking>) {
  const text = useText();
  return (
    <>
      <SingleSelect
        aria-label={label}
        value={value}
        disabled={!canEdit}
        onChange={(mode) => onChange(mode as Linking)}
      >
        {modes.map((mode) => (
          <SingleSelectOption key={mode} value={mode}>
            {text(`linking.${mode}`)}
          </SingleSelectOption>
        ))}
      </SingleSelect>
      <Box paddingTop={2}>
        <Typography as="p" variant="pi" textColor="neutral600">
          {text(`linking.${value}.hint`)}
        </Typography>
      </Box>
    </>
  );
}
