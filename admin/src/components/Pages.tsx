import type { Page } from '../../../server/admin-contract';
import { Flex, IconButton, Typography } from '../elements';
import { useText } from '../text';

interface PagesProps {
  readonly pagination: Page<unknown>['pagination'];
  readonly onPage: (page: number) => void;
}

/** Steps through a list that has more than one page. */
export function Pages({ pagination: { page, pageCount, total }, onPage }: PagesProps) {
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
