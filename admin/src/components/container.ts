import styled from 'styled-components';

/**
 * What {@link narrow} and {@link medium} measure. Strapi's menus leave little of a window, so the width of the
 * window says nothing.
 */
export const Container = styled.div`
  container: cognito / inline-size;
`;

/** For content as narrow as a phone. */
export const narrow = '@container cognito (max-width: 28rem)';

/** For content that has no room for two columns. */
export const medium = '@container cognito (max-width: 36rem)';
