import { Rows } from '../components/Rows';
import { TextField } from '../elements';
import type { Editing } from './Setting';

interface ValueListProps extends Editing<readonly string[]> {
  readonly isOrdered: boolean;
  readonly itemLabel: (position: number) => string;
  readonly addLabel: string;
  readonly emptyText: string;
}

/** A list of names to type: groups, claims. */
export function ValueList({ value, itemLabel, ...rest }: ValueListProps) {
  return (
    <Rows
      {...rest}
      rows={value}
      newRow=""
      nameOf={(item) => item}
      renderCells={(item, replace, position) => (
        <TextField
          aria-label={itemLabel(position)}
          value={item}
          disabled={!rest.canEdit}
          spellCheck={false}
          autoComplete="off"
          onChange={replace}
        />
      )}
    />
  );
}
