import styled from 'styled-components';

/** Two columns, or one where there is no room for two. The width of the window says little: Strapi's menus take much of it. */
export const Columns = styled.div`
  display: grid;
  grid-template-columns: repeat(
    auto-fit,
    minmax(min(100%, max(14rem, calc(50% - ${({ theme }) => theme.spaces[8]}))), 1fr)
  );
  gap: ${({ theme }) => theme.spaces[7]} ${({ theme }) => theme.spaces[8]};
`;
