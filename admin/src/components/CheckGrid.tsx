import styled from 'styled-components';
import { narrow } from './container';

/** A row of the list of checks: how it ended at the left, what it means at the right. */
export const CheckGrid = styled.li`
  display: grid;
  grid-template-columns: 8.5rem minmax(0, 1fr);
  gap: ${({ theme }) => theme.spaces[2]} ${({ theme }) => theme.spaces[4]};
  padding: ${({ theme }) => theme.spaces[4]} 0;

  & + & {
    border-top: 1px solid ${({ theme }) => theme.colors.neutral150};
  }

  ${narrow} {
    grid-template-columns: minmax(0, 1fr);
  }
`;
