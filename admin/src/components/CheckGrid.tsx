import styled from 'styled-components';

/** A row of the list of checks: how it ended at the left or above, and what it means. */
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
