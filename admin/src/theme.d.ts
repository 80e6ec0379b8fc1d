import 'styled-components';

declare module 'styled-components' {
  /** The part of the design system's theme that is used here. */
  export interface DefaultTheme {
    readonly colors: Readonly<Record<string, string>>;
    readonly spaces: readonly string[];
    readonly borderRadius: string;
    readonly mediaQueries: { readonly tablet: string; readonly mobile: string };
  }
}
