import type { ReactNode } from 'react';

/** Where {@link focusSetting} finds a setting. */
export function SettingFrame({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ReactNode;
}) {
  return (
    <div data-setting={name} style={{ minWidth: 0 }}>
      {children}
    </div>
  );
}

const CONTROLS = 'input, [role="combobox"], button, a';

/**
 * Moves the focus to a setting of the open tab: to what is marked as invalid in it, otherwise to its first control.
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
