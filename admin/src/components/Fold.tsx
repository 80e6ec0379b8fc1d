import type { ReactNode } from 'react';
import styled from 'styled-components';

const Details = styled.details`
  summary {
    padding: ${({ theme }) => theme.spaces[2]} 0;
    color: ${({ theme }) => theme.colors.neutral600};
    font-size: 0.875rem;
    cursor: pointer;
  }
`;

/** What is only shown when it is asked for. */
export function Fold({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <Details>
      <summary>{title}</summary>
      {children}
    </Details>
  );
}
