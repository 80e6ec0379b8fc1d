import { useId, type ReactNode } from 'react';
import { Box, Flex, Typography } from '../elements';
import { Paragraph } from './Paragraph';

interface PanelProps {
  readonly title: string;
  readonly hint: ReactNode;
  /** To the right of the title. */
  readonly action?: ReactNode;
  readonly children?: ReactNode;
  /** Without a box, like lists in Strapi. */
  readonly isPlain?: boolean;
}

/** A section with a heading: a white box, like on all Settings pages of Strapi. */
export function Panel({ title, hint, action, children, isPlain = false }: PanelProps) {
  const id = useId();
  const box = {
    background: 'neutral0',
    hasRadius: true,
    shadow: 'filterShadow',
    padding: 6,
  } as const;
  return (
    <Box as="section" aria-labelledby={id} {...(isPlain ? {} : box)}>
      <Flex
        justifyContent="space-between"
        alignItems={isPlain ? 'flex-end' : 'flex-start'}
        gap={4}
        wrap="wrap"
      >
        <Box flex="1 1 20rem" maxWidth="44rem">
          <Typography variant="delta" as="h2" id={id}>
            {title}
          </Typography>
          <Box paddingTop={1}>
            <Paragraph>{hint}</Paragraph>
          </Box>
        </Box>
        {action}
      </Flex>
      {children && <Box paddingTop={isPlain ? 4 : 5}>{children}</Box>}
    </Box>
  );
}
