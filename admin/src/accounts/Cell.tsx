import type { ReactNode } from 'react';
import type { SettingError } from './use-draft';

interface CellProps {
  readonly invalid: SettingError['cells'];
  /** From 0. */
  readonly row: number;
  readonly column: number;
  /** Gets the error of its field, if it is invalid. */
  readonly children: (isInvalid: boolean) => ReactNode;
}

/** A field in a row, marked if it is what is wrong. */
export function Cell({ invalid, row, column, children }: CellProps) {
  const isInvalid = invalid.some(([atRow, atColumn]) => atRow === row && atColumn === column);
  return (
    <div data-invalid={isInvalid} style={{ minWidth: 0 }}>
      {children(isInvalid)}
    </div>
  );
}
