import styled from 'styled-components';

/** Does not wrap: the label of a button in a table, which is scrolled instead. */
export const OneLine = styled.span`
  white-space: nowrap;
`;
