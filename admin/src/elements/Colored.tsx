import styled from 'styled-components';

/** Gives an icon a colour and a size of the theme. */
export const Colored = styled.span<{ tone: string; size: number }>`
  display: inline-flex;
  flex-shrink: 0;

  svg {
    width: ${({ theme, size }) => theme.spaces[size]};
    height: ${({ theme, size }) => theme.spaces[size]};
  }

  svg path {
    fill: ${({ theme, tone }) => theme.colors[tone]};
  }
`;
