import { useId, type ReactNode } from 'react';
import type { EffectiveValue } from '../../../server/admin-contract';
import { Box, Flex, Icon, Typography } from '../elements';
import { useText } from '../text';
import type { SettingName } from './draft';

/** What the control of a setting is given. */
export interface Editing<Value> {
  readonly label: string;
  readonly value: Value;
  readonly canEdit: boolean;
  readonly onChange: (value: Value) => void;
}

interface SettingProps {
  readonly name: SettingName;
  readonly label: string;
  readonly hint: string;
  readonly inForce: EffectiveValue<unknown>;
  readonly complaint: string | undefined;
  readonly children: ReactNode;
}

/** A setting with its name, where it comes from, what it means and what is wrong with it. */
export function Setting({ name, label, hint, inForce, complaint, children }: SettingProps) {
  const text = useText();
  const id = useId();
  return (
    <div
      role="group"
      aria-labelledby={`${id}-label`}
      aria-describedby={`${id}-source ${id}-hint ${id}-error`}
      data-setting={name}
      style={{ minWidth: 0 }}
    >
      <Flex justifyContent="space-between" gap={2} wrap="wrap">
        <Typography variant="pi" fontWeight="bold" textColor="neutral800" id={`${id}-label`}>
          {label}
        </Typography>
        <Flex gap={1} id={`${id}-source`}>
          {inForce.locked && <Icon name="locked" color="neutral600" size={3} />}
          <Typography variant="pi" textColor="neutral600">
            {inForce.locked
              ? text('accounts.locked', { source: text(`source.${inForce.source}`) })
              : text(`source.${inForce.source}`)}
          </Typography>
        </Flex>
      </Flex>
      <Box paddingTop={1} paddingBottom={2}>
        <Typography as="p" variant="pi" textColor="neutral600" id={`${id}-hint`}>
          {hint}
        </Typography>
      </Box>
      {children}
      <div id={`${id}-error`} role="alert">
        {complaint && (
          <Box paddingTop={2}>
            <div data-complaint>
              <Typography as="p" variant="pi" textColor="danger600">
                {complaint}
              </Typography>
            </div>
          </Box>
        )}
      </div>
    </div>
  );
}
