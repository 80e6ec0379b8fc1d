import {
  ArrowDown,
  ArrowRight,
  ArrowUp,
  Check,
  CheckCircle,
  ChevronLeft,
  ChevronRight,
  Cross,
  CrossCircle,
  Download,
  Duplicate,
  WarningCircle,
  Information,
  Loader,
  Lock,
  Minus,
  Play,
  Plus,
  Question,
  ArrowClockwise,
  Trash,
} from '@strapi/icons';
import { EmptyDocuments } from '@strapi/icons/symbols';
import styled, { css, keyframes } from 'styled-components';
import type { Elements, IconName } from './types';

const icons = {
  add: Plus,
  check: Check,
  clear: Cross,
  copy: Duplicate,
  delete: Trash,
  download: Download,
  down: ArrowDown,
  empty: EmptyDocuments,
  error: CrossCircle,
  forward: ArrowRight,
  info: Information,
  locked: Lock,
  next: ChevronRight,
  none: Minus,
  previous: ChevronLeft,
  retry: ArrowClockwise,
  run: Play,
  running: Loader,
  success: CheckCircle,
  unknown: Question,
  up: ArrowUp,
  warning: WarningCircle,
};

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

export const Icon: Elements['Icon'] = ({ name, color, size = 4, turns = false }) => (
  <Frame $color={color} $size={size} $turns={turns}>
    <StrapiIcon name={name} />
  </Frame>
);
