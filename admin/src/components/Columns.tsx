import styled from 'styled-components';
import { medium } from './container';

/** Two columns, or one in a narrow window. */
export const Columns = styled.div`
  display: grid;
  grid-template-columns: repeat(2, minmax(0, 1fr));
  gap: ${({ theme }) => theme.spaces[7]} ${({ theme }) => theme.spaces[8]};

  ${medium} {
    grid-template-columns: minmax(0, 1fr);
  }
`;
