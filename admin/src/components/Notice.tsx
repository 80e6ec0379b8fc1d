import type { ReactNode } from 'react';
import { Box, Flex, Icon, Typography } from '../elements';
import { Paragraph } from './Paragraph';

interface NoticeProps {
  readonly tone: keyof typeof icons;
  readonly title: string;
  /** A paragraph. */
  readonly hint?: ReactNode;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  /** Whether screen readers read it out when it appears, because an action of the admin caused it. */
  readonly alert?: boolean;
}

const icons = {
  success: 'success',
  warning: 'warning',
  danger: 'warning',
  primary: 'info',
} as const;

/** An important message: a colored box with an icon and a heading. */
export function Notice({ tone, title, hint, children, action, alert = false }: NoticeProps) {
  return (
    <Flex
      background={`${tone}100`}
      borderColor={`${tone}200`}
      hasRadius
      padding={4}
      gap={3}
      alignItems="flex-start"
      wrap="wrap"
      {...(alert && { role: 'alert' })}
    >
      <Icon name={icons[tone]} color={`${tone}600`} size={5} />
      <Box flex="1 1 16rem">
        <Typography as="p" fontWeight="bold" textColor="neutral800">
          {title}
        </Typography>
        {(hint ?? children) && (
          <Box paddingTop={1}>
            {hint && <Paragraph color="neutral800">{hint}</Paragraph>}
            {children}
          </Box>
        )}
      </Box>
      {action}
    </Flex>
  );
}
