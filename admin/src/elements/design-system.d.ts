/** Version 1.19 of the design system comes without declarations: these are of what is used here. */
declare module '@strapi/design-system' {
  import type {
    AriaAttributes,
    ChangeEvent,
    ElementType,
    FC,
    ForwardRefExoticComponent,
    HTMLAttributes,
    KeyboardEvent,
    MouseEvent,
    ReactElement,
    ReactNode,
    RefAttributes,
  } from 'react';

  type Space = number | string;

  export interface BoxProps extends Omit<HTMLAttributes<HTMLElement>, 'color'> {
    as?: ElementType;
    background?: string;
    borderColor?: string;
    borderStyle?: string;
    borderWidth?: string;
    hasRadius?: boolean;
    shadow?: string;
    padding?: Space;
    paddingTop?: Space;
    paddingBottom?: Space;
    paddingLeft?: Space;
    paddingRight?: Space;
    marginTop?: Space;
    marginBottom?: Space;
    width?: string;
    minWidth?: Space;
    maxWidth?: string;
    flex?: string;
    shrink?: number;
    color?: string;
    role?: string;
  }

  export interface FlexProps extends BoxProps {
    alignItems?: string;
    alignSelf?: string;
    direction?: 'row' | 'column';
    gap?: Space;
    inline?: boolean;
    justifyContent?: string;
    wrap?: string;
  }

  export interface TypographyProps extends BoxProps {
    ellipsis?: boolean;
    fontWeight?: 'regular' | 'semiBold' | 'bold';
    textAlign?: string;
    textColor?: string;
    variant?: 'alpha' | 'beta' | 'delta' | 'epsilon' | 'omega' | 'pi' | 'sigma';
  }

  interface ButtonProps extends AriaAttributes {
    children: ReactNode;
    disabled?: boolean;
    endIcon?: ReactNode;
    id?: string;
    loading?: boolean;
    onClick?: (event: MouseEvent<HTMLButtonElement>) => void;
    size?: 'S' | 'M' | 'L';
    startIcon?: ReactNode;
    variant?:
      'default' | 'secondary' | 'tertiary' | 'success' | 'danger' | 'danger-light' | 'ghost';
  }

  interface IconButtonProps extends AriaAttributes {
    icon: ReactElement;
    label: string;
    disabled?: boolean;
    noBorder?: boolean;
    onClick?: (event: MouseEvent<HTMLButtonElement>) => void;
  }

  interface FieldProps {
    'aria-label'?: string;
    disabled?: boolean;
    error?: string | undefined;
    hint?: string;
    id?: string;
    label?: string;
    labelAction?: ReactNode;
    name?: string;
    required?: boolean;
  }

  interface TextInputProps extends FieldProps {
    onChange: (event: ChangeEvent<HTMLInputElement>) => void;
    onKeyDown?: (event: KeyboardEvent<HTMLInputElement>) => void;
    placeholder?: string;
    size?: 'S' | 'M';
    type?: string;
    value: string;
    autoComplete?: string;
    spellCheck?: boolean;
    max?: string;
  }

  interface SingleSelectProps extends FieldProps {
    children: ReactNode;
    onChange: (value: string) => void;
    placeholder?: string;
    size?: 'S' | 'M';
    value: string | null;
  }

  interface LinkProps {
    children: ReactNode;
    to?: string;
    href?: string;
    startIcon?: ReactNode;
    endIcon?: ReactNode;
  }

  type Component<Props> = FC<Props>;
  type Focusable<Props, Element> = ForwardRefExoticComponent<Props & RefAttributes<Element>>;

  export const Badge: Component<
    BoxProps & { active?: boolean; backgroundColor?: string; size?: 'S' | 'M'; textColor?: string }
  >;
  export const Box: Focusable<BoxProps, HTMLElement>;
  export const Button: Focusable<ButtonProps, HTMLButtonElement>;
  export const ContentLayout: Component<{ children: ReactNode }>;
  export const Dialog: Component<{
    children: ReactNode;
    isOpen: boolean;
    onClose: () => void;
    title: string;
    id?: string;
  }>;
  export const DialogBody: Component<{ children: ReactNode; icon?: ReactNode }>;
  export const DialogFooter: Component<{ startAction: ReactNode; endAction: ReactNode }>;
  export const Divider: Component<BoxProps>;
  export const Flex: Focusable<FlexProps, HTMLElement>;
  export const HeaderLayout: Component<{
    title: string;
    subtitle?: ReactNode;
    primaryAction?: ReactNode;
    navigationAction?: ReactNode;
  }>;
  export const IconButton: Focusable<IconButtonProps, HTMLButtonElement>;
  export const Layout: Component<{ children: ReactNode }>;
  export const Link: Focusable<LinkProps, HTMLAnchorElement>;
  export const Loader: Component<{ children: ReactNode; small?: boolean }>;
  export const Main: Component<BoxProps>;
  export const Searchbar: Focusable<
    {
      children: ReactNode;
      clearLabel: string;
      name: string;
      onChange: (event: ChangeEvent<HTMLInputElement>) => void;
      onClear: () => void;
      placeholder?: string;
      size?: 'S' | 'M';
      value: string;
    },
    HTMLInputElement
  >;
  export const SingleSelect: Focusable<SingleSelectProps, HTMLElement>;
  export const SingleSelectOption: Component<{ children: ReactNode; value: string }>;
  export const Tab: Component<{ children: ReactNode; hasError?: boolean }>;
  export const TabGroup: Component<{
    children: ReactNode;
    id?: string;
    label: string;
    onTabChange: (index: number) => void;
    selectedTabIndex: number;
    variant?: 'simple';
  }>;
  export const TabPanel: Component<{ children: ReactNode }>;
  export const TabPanels: Component<{ children: ReactNode }>;
  export const Tabs: Component<{ children: ReactNode }>;
  export const TextInput: Focusable<TextInputProps, HTMLInputElement>;
  export const ToggleInput: Component<
    FieldProps & {
      checked: boolean;
      offLabel: string;
      onLabel: string;
      onChange: (event: ChangeEvent<HTMLInputElement>) => void;
    }
  >;
  export const Typography: Focusable<TypographyProps, HTMLElement>;
  export const VisuallyHidden: Component<BoxProps>;
}
