import type { ReactNode } from 'react';
import styled from 'styled-components';
import type { Page } from '../../../server/admin-contract';
import type { Request } from '../api/use-request';
import { Box, Flex, Icon, IconButton, Typography } from '../elements';
import { useText } from '../text';
import { Paragraph } from './Paragraph';
import { Requested } from './Requested';

/**
 * Looks like the design system's table. That one is a grid, whose buttons are not in the tab order, and the first
 * Enter on a button does nothing.
 */
const Table = styled.table`
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

/** Long text in a table wraps, and the table scrolls in a narrow window. */
const Scrolling = styled.div`
  overflow-x: auto;
`;

interface PagedListProps<Row> {
  readonly request: Pick<Request<Page<Row>>, 'data' | 'error' | 'isFetching' | 'refetch'>;
  readonly label: string;
  readonly columns: readonly string[];
  /** Shown if there are no rows. */
  readonly none: string;
  /** Shown if the rows cannot be loaded. */
  readonly failed: string;
  readonly onPage: (page: number) => void;
  readonly children: (row: Row) => ReactNode;
}

/** A table that shows one page of a list. */
export function PagedList<Row>(props: PagedListProps<Row>) {
  const { request, label, columns, none, failed, onPage, children } = props;
  return (
    <Requested request={request} failed={failed}>
      {({ results, pagination }) => (
        <div aria-busy={request.isFetching}>
          {results.length === 0 ? (
            <Flex direction="column" gap={3} padding={6} background="neutral100" hasRadius>
              <Icon name="empty" size={11} />
              <Paragraph isCentered>{none}</Paragraph>
            </Flex>
          ) : (
            <Box
              background="neutral0"
              hasRadius
              shadow="tableShadow"
              paddingLeft={2}
              paddingRight={2}
            >
              <Scrolling>
                <Table aria-label={label}>
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
                  <tbody>{results.map(children)}</tbody>
                </Table>
              </Scrolling>
            </Box>
          )}
          <Pages pagination={pagination} onPage={onPage} />
        </div>
      )}
    </Requested>
  );
}

interface PagesProps {
  readonly pagination: Page<unknown>['pagination'];
  readonly onPage: (page: number) => void;
}

/** Steps through a list that has more than one page. */
function Pages({ pagination: { page, pageCount, total }, onPage }: PagesProps) {
  const text = useText();
  if (pageCount <= 1) return null;
  return (
    <Flex
      as="nav"
      aria-label={text('pages.label')}
      justifyContent="flex-end"
      gap={2}
      paddingTop={4}
    >
      <Typography textColor="neutral600">
        {text('pages.position', { page, pageCount, total })}
      </Typography>
      <IconButton
        icon="previous"
        label={text('pages.previous')}
        disabled={page <= 1}
        onClick={() => onPage(page - 1)}
      />
      <IconButton
        icon="next"
        label={text('pages.next')}
        disabled={page >= pageCount}
        onClick={() => onPage(page + 1)}
      />
    </Flex>
  );
}
