import 'styled-components';

declare module 'styled-components' {
  /** The part of the design system's theme that is used here; it is the same in Strapi 4 and 5. */
  export interface DefaultTheme {
    readonly colors: Readonly<Record<string, string>>;
    readonly spaces: readonly string[];
  }
}
