import { useId, type ReactNode } from 'react';
import styled from 'styled-components';
import { Box, Flex, Typography } from '../elements';

/**
 * Looks as the design system's. That one is a grid: its buttons are not in the order of the tab key, and
 * the first Enter on one does nothing.
 */
const Rows = styled.table`
  width: 100%;
  border-collapse: collapse;

  th,
  td {
    padding: ${({ theme }) => theme.spaces[3]} ${({ theme }) => theme.spaces[4]};
    text-align: left;
    vertical-align: middle;
  }

  th {
    height: ${({ theme }) => theme.spaces[10]};
  }

  tr:not(:last-child) td,
  thead th {
    border-bottom: 1px solid ${({ theme }) => theme.colors.neutral150};
  }
`;

const Scrolling = styled.div`
  overflow-x: auto;
`;

interface ListProps {
  readonly title: string;
  readonly hint: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

/** A list with its heading, on the page's own ground, as lists are in Strapi. */
export function ListSection({ title, hint, action, children }: ListProps) {
  const id = useId();
  return (
    <Box as="section" aria-labelledby={id}>
      <Flex
        justifyContent="space-between"
        alignItems="flex-end"
        gap={4}
        wrap="wrap"
        paddingBottom={4}
      >
        <Box flex="1 1 20rem">
          <Typography variant="delta" as="h2" id={id}>
            {title}
          </Typography>
          <Box paddingTop={1}>
            <Typography as="p" textColor="neutral600">
              {hint}
            </Typography>
          </Box>
        </Box>
        {action}
      </Flex>
      {children}
    </Box>
  );
}

interface ListTableProps {
  readonly label: string;
  readonly columns: readonly string[];
  readonly children: ReactNode;
}

/** The table of a list; what is long in it wraps, and a narrow window scrolls it. */
export function ListTable({ label, columns, children }: ListTableProps) {
  return (
    <Box background="neutral0" hasRadius shadow="tableShadow" paddingLeft={2} paddingRight={2}>
      <Scrolling>
        <Rows aria-label={label}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  <Typography variant="sigma" textColor="neutral600">
                    {column}
                  </Typography>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </Rows>
      </Scrolling>
    </Box>
  );
}
