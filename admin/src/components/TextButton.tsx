import styled from 'styled-components';

/** A button that reads as a link in a sentence. */
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
