import { useEffect, useState, type ReactNode } from 'react';
import type { Request } from '../api/use-request';
import { Flex, Loader } from '../elements';
import { useText } from '../text';
import { Failure } from './Failure';
import { Paragraph } from './Paragraph';

interface RequestedProps<Body> {
  readonly request: Pick<Request<Body>, 'data' | 'error' | 'isFetching' | 'refetch'>;
  /** The title of an error. */
  readonly failed: string;
  readonly children: (data: Body) => ReactNode;
}

/** The requested content, or a note that it is loading, or why it failed. Earlier content stays visible until then. */
export function Requested<Body>({ request, failed, children }: RequestedProps<Body>) {
  const { data, error, isFetching, refetch } = request;
  return (
    <Flex direction="column" alignItems="stretch" gap={4}>
      {Boolean(error) && (
        <Failure title={failed} error={error} retrying={isFetching} onRetry={refetch} />
      )}
      {!data && !error && <Progress />}
      {data && children(data)}
    </Flex>
  );
}

/** After this time, in ms, the page says that loading takes longer than usual. */
const LONG = 5000;

function Progress() {
  const text = useText();
  const [isLong, setIsLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLong(true), LONG);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Flex direction="column" gap={4} padding={8} aria-busy>
      <Loader>{text('progress.loading')}</Loader>
      {isLong && <Paragraph role="status">{text('progress.long')}</Paragraph>}
    </Flex>
  );
}
