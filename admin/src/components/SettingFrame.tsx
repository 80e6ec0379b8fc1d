import type { ReactNode } from 'react';
import { Flex, Icon, Typography } from '../elements';
import { useText } from '../text';

interface SettingFrameProps {
  readonly name: string;
  readonly children: ReactNode;
}

/** Where {@link focusSetting} finds a setting. */
export function SettingFrame({ name, children }: SettingFrameProps) {
  return (
    <div data-setting={name} style={{ minWidth: 0 }}>
      {children}
    </div>
  );
}

const CONTROLS = 'input, [role="combobox"], button, a';

/**
 * Moves the focus to a setting of the open tab: to its first invalid control, otherwise to its first control.
 *
 * @returns whether it is there.
 */
export function focusSetting(name: string): boolean {
  const setting = document.querySelector(`[data-setting="${name}"]`);
  const invalid = setting?.querySelector('[data-invalid="true"], [aria-invalid="true"]');
  const within = invalid?.matches(CONTROLS) ? invalid : invalid?.querySelector(CONTROLS);
  const control = (within ?? setting?.querySelector(CONTROLS)) as HTMLElement | null | undefined;
  control?.focus();
  setting?.scrollIntoView({ block: 'center' });
  return Boolean(control);
}

/** Says that a config file sets a value, which the page therefore cannot change. */
export function Locked() {
  const text = useText();
  return (
    <Flex gap={1}>
      <Icon name="locked" color="neutral600" size={3} />
      <Typography variant="pi" textColor="neutral600">
        {text('source.config')}
      </Typography>
    </Flex>
  );
}
