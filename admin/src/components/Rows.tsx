import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import styled from 'styled-components';
import { Box, Button, Flex, IconButton, Typography, VisuallyHidden } from '../elements';
import { useText } from '../text';

const List = styled.ol`
  display: grid;
  gap: ${({ theme }) => theme.spaces[2]};
`;

/** A button that has nothing to do is seen to be there, and no more. */
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

interface RowsProps<Row> {
  /** Names the list for those who do not see it. */
  readonly label: string;
  readonly rows: readonly Row[];
  readonly onChange: (rows: readonly Row[]) => void;
  readonly canEdit: boolean;
  /** Whether the first row that fits decides, so that the order can be changed. */
  readonly isOrdered: boolean;
  /** What a new row begins with. */
  readonly newRow: Row;
  readonly addLabel: string;
  readonly emptyText: string;
  /** What a row is called where it is moved or removed. */
  readonly nameOf: (row: Row) => string;
  /** The fields of a row. */
  readonly renderCells: (row: Row, replace: (row: Row) => void, position: number) => ReactNode;
}

/**
 * Rows to fill in, to add, to remove and to put in order: by buttons, or by Alt with an arrow key from
 * anywhere in a row. The focus goes with a row that moves, and to its neighbour when it is removed.
 */
export function Rows<Row>(props: RowsProps<Row>) {
  const { label, rows, onChange, canEdit, isOrdered, newRow, addLabel, emptyText } = props;
  const { nameOf, renderCells } = props;
  const text = useText();
  const focus = useFocusInRows();
  const [announcement, announce] = useState('');

  const name = (row: Row, position: number) =>
    nameOf(row) || text('rows.unnamed', { position: position + 1 });

  const move = (from: number, by: -1 | 1) => {
    const to = from + by;
    const row = rows[from];
    const other = rows[to];
    if (row === undefined || other === undefined) return;
    onChange(rows.map((each, index) => (index === to ? row : index === from ? other : each)));
    focus.goTo(to, focus.controlIn(from));
    const values = { name: name(row, from), position: to + 1, count: rows.length };
    announce(text('rows.moved', values));
  };

  const remove = (row: Row, position: number) => {
    onChange(rows.filter((_, index) => index !== position));
    focus.goTo(Math.min(position, rows.length - 2), 'last');
    announce(text('rows.removed', { name: name(row, position) }));
  };

  const add = () => {
    onChange([...rows, newRow]);
    focus.goTo(rows.length, 'first');
  };

  const handleKeyDown = (event: KeyboardEvent, position: number) => {
    if (!isOrdered || !canEdit || !event.altKey) return;
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    // A select would open.
    event.stopPropagation();
    move(position, event.key === 'ArrowUp' ? -1 : 1);
  };

  return (
    <div ref={focus.container}>
      {rows.length === 0 ? (
        <Typography as="p" textColor="neutral600">
          {emptyText}
        </Typography>
      ) : (
        <List aria-label={label}>
          {rows.map((row, index) => (
            // The rows have no identity but their place: their fields are filled in from outside.
            <li key={index} data-row onKeyDownCapture={(event) => handleKeyDown(event, index)}>
              <Flex gap={2} wrap="wrap" alignItems="flex-start">
                <Cells>
                  {renderCells(
                    row,
                    (next) => onChange(rows.map((each, at) => (at === index ? next : each))),
                    index + 1,
                  )}
                </Cells>
                {canEdit && (
                  <Buttons gap={1} paddingTop={1}>
                    {isOrdered && (
                      <>
                        <IconButton
                          icon="up"
                          label={text('rows.up', { name: name(row, index) })}
                          noBorder
                          disabled={index === 0}
                          onClick={() => move(index, -1)}
                        />
                        <IconButton
                          icon="down"
                          label={text('rows.down', { name: name(row, index) })}
                          noBorder
                          disabled={index === rows.length - 1}
                          onClick={() => move(index, 1)}
                        />
                      </>
                    )}
                    <IconButton
                      icon="delete"
                      label={text('rows.remove', { name: name(row, index) })}
                      noBorder
                      onClick={() => remove(row, index)}
                    />
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
            {addLabel}
          </Button>
        </Box>
      )}
      <VisuallyHidden role="status">{announcement}</VisuallyHidden>
    </div>
  );
}

/** Which of a row's controls, in the order of the tab key. */
type Control = number | 'first' | 'last';

function useFocusInRows() {
  const container = useRef<HTMLDivElement>(null);
  const next = useRef<{ row: number; control: Control }>();

  useEffect(() => {
    const wanted = next.current;
    if (!wanted) return;
    next.current = undefined;
    const controls = controlsOf(rowsOf(container.current)[wanted.row]);
    const { control } = wanted;
    const found =
      control === 'first' ? controls[0] : control === 'last' ? controls.at(-1) : controls[control];
    // Without a row left, where one can be added.
    (found ?? container.current?.querySelector<HTMLElement>('[data-add] button'))?.focus();
  });

  return {
    container,
    /** Focuses a control of a row after the rows have been shown anew. */
    goTo: (row: number, control: Control) => {
      next.current = { row, control };
    },
    /** The control of a row that has the focus. */
    controlIn: (row: number): Control => {
      const { activeElement } = document;
      const controls = controlsOf(rowsOf(container.current)[row]);
      return Math.max(
        0,
        controls.findIndex((control) => control === activeElement),
      );
    },
  };
}

const rowsOf = (container: HTMLElement | null) =>
  container ? [...container.querySelectorAll<HTMLElement>('[data-row]')] : [];

const controlsOf = (row: HTMLElement | undefined) =>
  row ? [...row.querySelectorAll<HTMLElement>('input, button, [role="combobox"]')] : [];
