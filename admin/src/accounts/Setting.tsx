import { useId, type ReactNode } from 'react';
import type { AccountSettings } from '../../../server/admin-contract';
import { Paragraph } from '../components/Paragraph';
import { Locked, SettingFrame } from '../components/SettingFrame';
import { Box, Button, Flex, Typography } from '../elements';
import { useText } from '../text';
import type { SettingError, SettingName } from './draft';

/** The props of a setting's control. */
export interface Editing<Name extends SettingName> {
  readonly label: string;
  readonly value: AccountSettings[Name];
  readonly canEdit: boolean;
  readonly onChange: (value: AccountSettings[Name]) => void;
  /** The invalid cells of its rows. */
  readonly invalid: SettingError['cells'];
}

interface SettingProps {
  readonly name: SettingName;
  readonly label: string;
  readonly hint: string;
  /** Set in a config file. */
  readonly locked: boolean;
  readonly error: string | undefined;
  /** Resets the setting to its default; `undefined` if it has its default or cannot be changed. */
  readonly onReset: (() => void) | undefined;
  readonly children: ReactNode;
}

/** A setting with its name, its meaning, whether it is locked, and its mistake. */
export function Setting(props: SettingProps) {
  const { name, label, hint, locked, error, onReset, children } = props;
  const text = useText();
  const id = useId();
  return (
    <SettingFrame name={name}>
      <div role="group" aria-labelledby={`${id}-label`} aria-describedby={`${id}-hint ${id}-error`}>
        <Flex justifyContent="space-between" gap={2} wrap="wrap">
          <Typography variant="pi" fontWeight="bold" textColor="neutral800" id={`${id}-label`}>
            {label}
          </Typography>
          {locked && <Locked />}
        </Flex>
        <Box paddingTop={1} paddingBottom={2}>
          <Paragraph isSmall id={`${id}-hint`}>
            {hint}
          </Paragraph>
        </Box>
        {children}
        <div id={`${id}-error`} role="alert">
          {error !== undefined && (
            <Box paddingTop={2}>
              <Paragraph isSmall color="danger600">
                {error}
              </Paragraph>
            </Box>
          )}
        </div>
        {onReset && (
          <Box paddingTop={2}>
            <Button
              size="S"
              variant="tertiary"
              startIcon="retry"
              aria-label={text('accounts.reset.label', { name: label })}
              onClick={onReset}
            >
              {text('accounts.reset')}
            </Button>
          </Box>
        )}
      </div>
    </SettingFrame>
  );
}
