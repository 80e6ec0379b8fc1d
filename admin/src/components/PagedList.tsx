import type { ReactNode } from 'react';
import type { Page } from '../../../server/admin-contract';
import type { Request } from '../api/use-request';
import { Box } from '../elements';
import { EmptyState } from './EmptyState';
import { Failure } from './Failure';
import { ListTable } from './List';
import { Pages } from './Pages';
import { Progress } from './Progress';

interface PagedListProps<Row> {
  readonly query: Pick<Request<Page<Row>>, 'data' | 'error' | 'isFetching' | 'refetch'>;
  readonly label: string;
  readonly columns: readonly string[];
  /** Said where there are no rows. */
  readonly none: string;
  /** Said where they cannot be had. */
  readonly failed: string;
  readonly onPage: (page: number) => void;
  readonly children: (row: Row) => ReactNode;
}

/** A list by pages: while it comes, where it fails, where nothing is in it. What was there stays meanwhile. */
export function PagedList<Row>(props: PagedListProps<Row>) {
  const { data, error, isFetching, refetch } = props.query;
  return (
    <>
      {Boolean(error) && (
        <Box paddingBottom={data ? 4 : 0}>
          <Failure title={props.failed} error={error} retrying={isFetching} onRetry={refetch} />
        </Box>
      )}
      {!data && !error && <Progress />}
      {data && (
        <div aria-busy={isFetching}>
          {data.results.length === 0 ? (
            <EmptyState>{props.none}</EmptyState>
          ) : (
            <ListTable label={props.label} columns={props.columns}>
              {data.results.map(props.children)}
            </ListTable>
          )}
          <Pages pagination={data.pagination} onPage={props.onPage} />
        </div>
      )}
    </>
  );
}
