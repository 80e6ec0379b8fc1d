import {
  Box as DesignBox,
  Flex as DesignFlex,
  Typography as DesignTypography,
  VisuallyHidden as DesignVisuallyHidden,
} from '@strapi/design-system';
import { forwardRef } from 'react';
import type { BoxProps, Elements, FlexProps, TypographyProps } from './types';

// The props of the design system are generic in `tag`, which TypeScript cannot follow here.
type Any = Record<string, unknown>;

export const Box = forwardRef<HTMLElement, BoxProps>(function Box({ as, ...rest }, ref) {
  return <DesignBox ref={ref} tag={as} {...(rest as Any)} />;
});

export const Flex = forwardRef<HTMLElement, FlexProps>(function Flex({ as, ...rest }, ref) {
  return <DesignFlex ref={ref} tag={as} {...(rest as Any)} />;
});

export const Typography = forwardRef<HTMLElement, TypographyProps>(function Typography(
  { as, ...rest },
  ref,
) {
  return <DesignTypography ref={ref} tag={as} {...(rest as Any)} />;
});

export const VisuallyHidden: Elements['VisuallyHidden'] = (props) => (
  <DesignVisuallyHidden {...props} />
);
