import type { ReactNode } from 'react';
import { Flex, Icon, Typography } from '../elements';

/** Takes the place of a list that has no rows, and says why. */
export function EmptyState({ children }: { readonly children: ReactNode }) {
  return (
    <Flex direction="column" gap={3} padding={6} background="neutral100" hasRadius>
      <Icon name="empty" size={11} />
      <Typography as="p" textAlign="center" textColor="neutral600">
        {children}
      </Typography>
    </Flex>
  );
}
