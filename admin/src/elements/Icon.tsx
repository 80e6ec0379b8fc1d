import styled, { css, keyframes } from 'styled-components';
import * as icons from './icons';
import type { IconName } from './types';

/** Strapi's own icon, for its own buttons and links. */
export function StrapiIcon({ name }: { readonly name: IconName }) {
  const Found = icons[name];
  return <Found aria-hidden />;
}

const turn = keyframes`
  to {
    transform: rotate(360deg);
  }
`;

const Frame = styled.span<{ $color: string | undefined; $size: number; $turns: boolean }>`
  display: inline-flex;
  flex-shrink: 0;

  svg {
    width: ${({ theme, $size }) => theme.spaces[$size]};
    height: ${({ theme, $size }) => theme.spaces[$size]};
    ${({ $turns }) =>
      $turns &&
      css`
        animation: ${turn} 2s infinite linear;
      `}
  }

  ${({ theme, $color }) =>
    $color !== undefined &&
    css`
      svg path,
      svg rect {
        fill: ${theme.colors[$color]};
      }
    `}
`;

interface IconProps {
  readonly name: IconName;
  /** A color of the theme; by default the icon's own color. */
  readonly color?: string;
  /** A step of the theme's scale. */
  readonly size?: number;
  /** Whether it spins. */
  readonly turns?: boolean;
}

/** One of Strapi's icons, in a color and size of the theme. */
export const Icon = ({ name, color, size = 4, turns = false }: IconProps) => (
  <Frame $color={color} $size={size} $turns={turns}>
    <StrapiIcon name={name} />
  </Frame>
);
