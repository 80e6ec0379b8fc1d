import { Box, Flex, Table, Tbody, Th, Thead, Tr, Typography } from '@strapi/design-system';
import { useId, type ReactNode } from 'react';
import styled from 'styled-components';

const Wrapping = styled.div`
  td {
    white-space: normal;
    padding-top: ${({ theme }) => theme.spaces[3]};
    padding-bottom: ${({ theme }) => theme.spaces[3]};
  }
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
  readonly columns: readonly string[];
  readonly rowCount: number;
  readonly children: ReactNode;
}

/** The table of a list; what is long in it wraps. */
export function ListTable({ columns, rowCount, children }: ListTableProps) {
  return (
    <Wrapping>
      <Table colCount={columns.length} rowCount={rowCount + 1}>
        <Thead>
          <Tr>
            {columns.map((column) => (
              <Th key={column}>
                <Typography variant="sigma" textColor="neutral600">
                  {column}
                </Typography>
              </Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>{children}</Tbody>
      </Table>
    </Wrapping>
  );
}
