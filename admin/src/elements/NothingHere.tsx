import { Flex, Typography } from '@strapi/design-system';
import { EmptyDocuments } from '@strapi/icons';
import type { ReactNode } from 'react';

/** Stands where a list would be, and says why there is none. */
export function NothingHere({ children }: { readonly children: ReactNode }) {
  return (
    <Flex direction="column" gap={3} padding={6} background="neutral100" hasRadius>
      <EmptyDocuments width="7rem" height="4rem" aria-hidden />
      <Typography as="p" textAlign="center" textColor="neutral600">
        {children}
      </Typography>
    </Flex>
  );
}
