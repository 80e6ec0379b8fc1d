import type { ReactNode } from 'react';
import styled from 'styled-components';

/** A list with bullets, which Strapi's styles remove. */
export const BulletList = styled.ul`
  list-style: disc;
  padding-left: ${({ theme }) => theme.spaces[5]};
`;

/** A row of the list of checks: its status on the left or above, and what it means. */
export const CheckGrid = styled.li`
  display: flex;
  flex-wrap: wrap;
  gap: ${({ theme }) => theme.spaces[2]} ${({ theme }) => theme.spaces[4]};
  padding: ${({ theme }) => theme.spaces[4]} 0;

  & + & {
    border-top: 1px solid ${({ theme }) => theme.colors.neutral150};
  }

  > :first-child {
    flex: 0 0 8.5rem;
  }

  > :last-child {
    flex: 1 1 14rem;
    min-width: 0;
  }
`;

/**
 * Two columns, or one if there is no space for two. The width of the window says little, because Strapi's menus take
 * up much of it.
 */
export const Columns = styled.div`
  display: grid;
  grid-template-columns: repeat(
    auto-fit,
    minmax(min(100%, max(14rem, calc(50% - ${({ theme }) => theme.spaces[8]}))), 1fr)
  );
  gap: ${({ theme }) => theme.spaces[7]} ${({ theme }) => theme.spaces[8]};
`;

/** A label of a button in a table. It does not wrap; the table scrolls instead. */
export const OneLine = styled.span`
  white-space: nowrap;
`;

/** Breaks anywhere instead of widening the page, because URLs and subjects are long. */
export const Breaking = styled.div<{ $minWidth?: string }>`
  flex: 1 1 12rem;
  overflow-wrap: anywhere;
  min-width: ${({ $minWidth = 0 }) => $minWidth};
`;

/** A button that looks like a link in a sentence. */
export const TextButton = styled.button.attrs({ type: 'button' })`
  padding: 0;
  border: none;
  background: none;
  color: ${({ theme }) => theme.colors.primary600};
  font: inherit;
  text-align: start;
  // The bullet of a list stands at the first line.
  vertical-align: top;
  text-decoration: underline;
  cursor: pointer;
`;

const Details = styled.details`
  summary {
    padding: ${({ theme }) => theme.spaces[2]} 0;
    color: ${({ theme }) => theme.colors.neutral600};
    font-size: 0.875rem;
    cursor: pointer;
  }
`;

interface FoldProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** Content that is hidden until the user opens it. */
export function Fold({ title, children }: FoldProps) {
  return (
    <Details>
      <summary>{title}</summary>
      {children}
    </Details>
  );
}
