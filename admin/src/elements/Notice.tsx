import { Box, Flex, Typography } from '@strapi/design-system';
import { CheckCircle, ExclamationMarkCircle, Information } from '@strapi/icons';
import type { ReactNode } from 'react';
import { Colored } from './Colored';

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
  success: CheckCircle,
  warning: ExclamationMarkCircle,
  danger: ExclamationMarkCircle,
  primary: Information,
};

/** Something to know before all else: a coloured box with an icon and a heading. */
export function Notice({ tone, title, children, action, alert = false }: NoticeProps) {
  const Icon = icons[tone];
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
      <Colored tone={`${tone}600`} size={5}>
        <Icon aria-hidden />
      </Colored>
      <Box flex="1 1 16rem">
        <Typography as="p" fontWeight="bold" textColor="neutral800">
          {title}
        </Typography>
        {children && (
          <Box paddingTop={1} color="neutral800">
            {children}
          </Box>
        )}
      </Box>
      {action}
    </Flex>
  );
}
