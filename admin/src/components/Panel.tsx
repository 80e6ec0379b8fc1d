import { useId, type ReactNode } from 'react';
import { Box, Flex, Typography } from '../elements';

interface PanelProps {
  readonly title: string;
  readonly hint?: ReactNode;
  /** At the right of the title. */
  readonly action?: ReactNode;
  readonly children?: ReactNode;
}

/** A white box with a heading, as all Settings pages of Strapi have. */
export function Panel({ title, hint, action, children }: PanelProps) {
  const id = useId();
  return (
    <Box
      as="section"
      aria-labelledby={id}
      background="neutral0"
      hasRadius
      shadow="filterShadow"
      padding={6}
    >
      <Flex justifyContent="space-between" alignItems="flex-start" gap={4} wrap="wrap">
        <Box flex="1 1 20rem" maxWidth="44rem">
          <Typography variant="delta" as="h2" id={id}>
            {title}
          </Typography>
          {hint && (
            <Box paddingTop={1}>
              <Typography as="p" textColor="neutral600">
                {hint}
              </Typography>
            </Box>
          )}
        </Box>
        {action}
      </Flex>
      {children && <Box paddingTop={5}>{children}</Box>}
    </Box>
  );
}
