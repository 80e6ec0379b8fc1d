import type { ReactNode } from 'react';
import { Typography } from '../elements';

interface ParagraphProps {
  readonly children: ReactNode;
  /** A color of the theme. */
  readonly color?: string;
  readonly id?: string;
  readonly isCentered?: boolean;
  readonly isSmall?: boolean;
  readonly role?: 'alert' | 'status';
}

/** A paragraph, in the gray of explanations unless it has another color. */
export function Paragraph({ color = 'neutral600', isCentered, isSmall, ...rest }: ParagraphProps) {
  return (
    <Typography
      as="p"
      textColor={color}
      {...(isSmall && { variant: 'pi' })}
      {...(isCentered && { textAlign: 'center' })}
      {...rest}
    />
  );
}
