import type { ReactNode } from 'react';
import { Box, Flex, Icon, Typography } from '../elements';

type Tone = 'success' | 'warning' | 'danger' | 'primary';

interface NoticeProps {
  readonly tone: Tone;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  /** Read out as soon as it is there: for what follows from what somebody did. */
  readonly alert?: boolean;
}

const icons = {
  success: 'success',
  warning: 'warning',
  danger: 'warning',
  primary: 'info',
} as const;

/** Something to know before all else: a coloured box with an icon and a heading. */
export function Notice({ tone, title, children, action, alert = false }: NoticeProps) {
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
        {children && <Box paddingTop={1}>{children}</Box>}
      </Box>
      {action}
    </Flex>
  );
}
