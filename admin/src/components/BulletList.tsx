import styled from 'styled-components';

/** A list with bullets, which Strapi's styles remove. */
export const BulletList = styled.ul`
  list-style: disc;
  padding-left: ${({ theme }) => theme.spaces[5]};
`;
