import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import styled from 'styled-components';
import { Box, Button, Flex, IconButton, VisuallyHidden } from '../elements';
import { useText } from '../text';
import { Paragraph } from './Paragraph';

const List = styled.ol`
  display: grid;
  gap: ${({ theme }) => theme.spaces[2]};
`;

/** A button that can do nothing is visible, but pale. */
const Buttons = styled(Flex)`
  button[aria-disabled='true'] {
    background: transparent;
    opacity: 0.4;
  }
`;

const Cells = styled.div`
  flex: 1 1 12rem;
  min-width: 0;
  display: grid;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 9rem), 1fr));
  gap: ${({ theme }) => theme.spaces[2]};
`;

/** The props of a cell's field. */
export interface CellProps {
  readonly value: string;
  readonly disabled: boolean;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

interface RowsProps {
  /** The name of the list for screen readers. */
  readonly label: string;
  /** The values of each row. The first value names the row when it is moved or removed. */
  readonly rows: readonly (readonly string[])[];
  readonly onChange: (rows: readonly (readonly string[])[]) => void;
  /** The field of each column; positions are counted from 1. */
  readonly columns: readonly ((cell: CellProps, position: number) => ReactNode)[];
  /** The invalid cells, counted from 0. */
  readonly invalid: readonly (readonly [row: number, column: number])[];
  readonly canEdit: boolean;
  /** Whether the first matching row decides. If so, the order can be changed. */
  readonly isOrdered?: boolean;
  readonly addLabel: string;
  readonly emptyText: string;
}

/**
 * Rows that can be filled in, added, removed and reordered, with buttons or with Alt and an arrow key anywhere in a
 * row. The focus follows a row that moves, and goes to the neighbor of a row that is removed.
 */
export function Rows(props: RowsProps) {
  const { label, rows, onChange, columns, invalid, canEdit, isOrdered = false } = props;
  const text = useText();
  const focus = useFocusInRows();
  const [announcement, announce] = useState('');

  const nameAt = (index: number) => {
    const name = rows[index]?.[0] ?? '';
    return name === '' ? text('rows.unnamed', { position: index + 1 }) : name;
  };

  const move = (from: number, by: -1 | 1) => {
    const to = from + by;
    const moved = [...rows];
    const [row] = moved.splice(from, 1);
    if (row === undefined || to < 0 || to >= rows.length) return;
    moved.splice(to, 0, row);
    onChange(moved);
    focus.goTo(to, focus.controlIn(from));
    announce(text('rows.moved', { name: nameAt(from), position: to + 1, count: rows.length }));
  };

  const remove = (index: number) => {
    onChange(rows.filter((_, at) => at !== index));
    focus.goTo(Math.min(index, rows.length - 2), -1);
    announce(text('rows.removed', { name: nameAt(index) }));
  };

  const add = () => {
    onChange([...rows, columns.map(() => '')]);
    focus.goTo(rows.length, 0);
  };

  const handleKeyDown = (event: KeyboardEvent, index: number) => {
    if (!isOrdered || !canEdit || !event.altKey) return;
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    // A select would open.
    event.stopPropagation();
    move(index, event.key === 'ArrowUp' ? -1 : 1);
  };

  const isInvalid = (row: number, column: number) =>
    invalid.some(([atRow, atColumn]) => atRow === row && atColumn === column);

  const cell = (row: number, column: number): CellProps => ({
    value: rows[row]?.[column] ?? '',
    disabled: !canEdit,
    error: isInvalid(row, column) ? text('validation.cell') : undefined,
    onChange: (value) => {
      const changed = rows[row]?.map((each, at) => (at === column ? value : each)) ?? [];
      onChange(rows.map((each, at) => (at === row ? changed : each)));
    },
  });

  const button = (index: number, icon: 'up' | 'down' | 'delete', onClick: () => void) => {
    const key = icon === 'delete' ? 'rows.remove' : (`rows.${icon}` as const);
    const last = { up: 0, down: rows.length - 1, delete: -1 }[icon];
    return (
      <IconButton
        icon={icon}
        label={text(key, { name: nameAt(index) })}
        noBorder
        disabled={index === last}
        onClick={onClick}
      />
    );
  };

  return (
    <div ref={focus.container}>
      {rows.length === 0 ? (
        <Paragraph>{props.emptyText}</Paragraph>
      ) : (
        <List aria-label={label}>
          {rows.map((_, row) => (
            // The position of a row is its only identity, because its values come from outside.
            <li key={row} data-row onKeyDownCapture={(event) => handleKeyDown(event, row)}>
              <Flex gap={2} wrap="wrap" alignItems="flex-start">
                <Cells>
                  {columns.map((field, column) => (
                    <div key={column} data-invalid={isInvalid(row, column)} style={{ minWidth: 0 }}>
                      {field(cell(row, column), row + 1)}
                    </div>
                  ))}
                </Cells>
                {canEdit && (
                  <Buttons gap={1} paddingTop={1}>
                    {isOrdered && button(row, 'up', () => move(row, -1))}
                    {isOrdered && button(row, 'down', () => move(row, 1))}
                    {button(row, 'delete', () => remove(row))}
                  </Buttons>
                )}
              </Flex>
            </li>
          ))}
        </List>
      )}
      {canEdit && (
        <Box paddingTop={3} data-add>
          <Button variant="secondary" size="S" startIcon="add" onClick={add}>
            {props.addLabel}
          </Button>
        </Box>
      )}
      <VisuallyHidden role="status">{announcement}</VisuallyHidden>
    </div>
  );
}

/** The focus in rows. A control of a row is identified by its position in the tab order; -1 is the last one. */
function useFocusInRows() {
  const container = useRef<HTMLDivElement>(null);
  const next = useRef<{ row: number; control: number }>();

  const controlsIn = (row: number) => {
    const rows = container.current?.querySelectorAll('[data-row]') ?? [];
    const selector = 'input, button, [role="combobox"]';
    return [...(rows[row]?.querySelectorAll<HTMLElement>(selector) ?? [])];
  };

  useEffect(() => {
    if (!next.current) return;
    const { row, control } = next.current;
    next.current = undefined;
    // If no row is left, the focus goes to the button that adds one.
    const add = container.current?.querySelector<HTMLElement>('[data-add] button');
    (controlsIn(row).at(control) ?? add)?.focus();
  });

  return {
    container,
    /** Focuses a control of a row after the rows have been rendered again. */
    goTo: (row: number, control: number) => {
      next.current = { row, control };
    },
    /** The control of a row that has the focus. */
    controlIn: (row: number) =>
      Math.max(0, controlsIn(row).indexOf(document.activeElement as HTMLElement)),
  };
}
