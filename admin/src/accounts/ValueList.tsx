import type { ReactNode } from 'react';
import { Rows } from '../components/Rows';
import { useText } from '../text';
import { Cell } from './Cell';
import type { Editing } from './Setting';

/** What the field of one value is given. */
interface Field {
  readonly label: string;
  readonly value: string;
  readonly canEdit: boolean;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

interface ValueListProps extends Editing<readonly string[]> {
  readonly isOrdered: boolean;
  readonly itemLabel: (position: number) => string;
  readonly addLabel: string;
  readonly emptyText: string;
  readonly renderField: (field: Field) => ReactNode;
}

/** A list of names to type: groups, claims. */
export function ValueList({ value, itemLabel, invalid, renderField, ...rest }: ValueListProps) {
  const text = useText();
  return (
    <Rows
      {...rest}
      rows={value}
      newRow=""
      nameOf={(item) => item}
      renderCells={(item, replace, position) => (
        <Cell invalid={invalid} row={position - 1} column={0}>
          {(isInvalid) =>
            renderField({
              label: itemLabel(position),
              value: item,
              canEdit: rest.canEdit,
              error: isInvalid ? text('validation.cell') : undefined,
              onChange: replace,
            })
          }
        </Cell>
      )}
    />
  );
}
