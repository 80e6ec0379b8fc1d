import type {
  AriaAttributes,
  AriaRole,
  ComponentType,
  CSSProperties,
  ElementType,
  ReactNode,
  RefAttributes,
} from 'react';
import type * as provided from './index';

/**
 * What the pages use of Strapi's admin panel, with plain props. This folder implements it for Strapi 4,
 * `strapi-5/elements/` for Strapi 5. Everything outside of this folder knows neither the design system, the
 * router nor Strapi's hooks.
 */
export interface Elements {
  readonly Box: Focusable<BoxProps, HTMLElement>;
  readonly Flex: Focusable<FlexProps, HTMLElement>;
  readonly Typography: Focusable<TypographyProps, HTMLElement>;
  readonly VisuallyHidden: Component<{ role?: AriaRole; children: ReactNode }>;
  readonly Divider: Component<object>;
  readonly Badge: Component<{ children: ReactNode }>;
  readonly Icon: Component<IconProps>;
  readonly Loader: Component<{ children: string }>;

  readonly Button: Focusable<ButtonProps, HTMLButtonElement>;
  readonly IconButton: Focusable<IconButtonProps, HTMLButtonElement>;
  /** A link to another page of the admin panel. */
  readonly Link: Focusable<LinkProps, HTMLAnchorElement>;
  /** A link to a user's page in the Content Manager. */
  readonly UserLink: Component<UserLinkProps>;

  readonly TextField: Focusable<TextFieldProps, HTMLInputElement>;
  readonly SearchField: Focusable<SearchFieldProps, HTMLInputElement>;
  readonly SelectField: Component<SelectFieldProps>;
  readonly ToggleField: Component<ToggleFieldProps>;

  /** A modal question with two buttons; rendered only while it is open. */
  readonly Dialog: Component<DialogProps>;
  readonly Tabs: Component<TabsProps>;
  /** A page of Settings: its title, the buttons at the right of it, and its content. */
  readonly SettingsPage: Component<SettingsPageProps>;
  /** Sends admins away who have none of these permissions. */
  readonly RequirePermissions: Component<{ actions: readonly string[]; children: ReactNode }>;
  readonly PageLoader: Component<object>;
  /** Asks before unsaved changes are lost by opening another page of the panel. */
  readonly LeavePrompt: Component<LeavePromptProps>;

  /** Reads a parameter of the page's URL and replaces it. */
  readonly useUrlParameter: (name: string) => [string | null, (value: string) => void];
  /** Calls Strapi's admin API as the admin who is signed in. The functions stay the same ones. */
  readonly useApi: () => Api;
  /** Shows a message at the top of the page for a few seconds. */
  readonly useNotify: () => (kind: 'success' | 'info' | 'error', message: string) => void;
  /** Copies a text to the clipboard; `false` if the browser refuses. */
  readonly useCopy: () => (text: string) => Promise<boolean>;
  /**
   * Which of these actions the admin may do; `undefined` until that is known.
   *
   * @param actions the same array in each render.
   */
  readonly usePermissions: (actions: readonly string[]) => ReadonlySet<string> | undefined;
  /** Makes the admin part of the plugin, as Strapi loads it. */
  readonly createPlugin: (plugin: PluginDefinition) => unknown;
}

/** A compile error here: this folder does not implement {@link Elements}. */
type Implements<Wanted, Provided extends Wanted> = Provided;
export type Provided = Implements<Elements, typeof provided>;

type Component<Props> = (props: Props) => ReactNode;
type Focusable<Props, Element> = Component<Props & RefAttributes<Element>>;

/** A step of the theme's scale, or a length. */
type Space = number | string;

export interface BoxProps extends AriaAttributes {
  as?: ElementType;
  background?: string;
  borderColor?: string;
  children?: ReactNode;
  flex?: string;
  hasRadius?: boolean;
  id?: string;
  maxWidth?: string;
  minWidth?: Space;
  padding?: Space;
  paddingTop?: Space;
  paddingBottom?: Space;
  paddingLeft?: Space;
  paddingRight?: Space;
  role?: AriaRole;
  shadow?: 'filterShadow' | 'tableShadow';
  style?: CSSProperties;
  tabIndex?: number;
}

export interface FlexProps extends BoxProps {
  alignItems?: string;
  direction?: 'row' | 'column';
  gap?: Space;
  justifyContent?: string;
  wrap?: 'wrap' | 'nowrap';
}

export interface TypographyProps extends AriaAttributes {
  as?: ElementType;
  children?: ReactNode;
  fontWeight?: 'regular' | 'semiBold' | 'bold';
  id?: string;
  role?: AriaRole;
  tabIndex?: number;
  textAlign?: 'start' | 'center';
  /** A colour of the theme. */
  textColor?: string;
  variant?: 'delta' | 'omega' | 'pi' | 'sigma';
}

/** Icons by what they mean. */
export type IconName =
  | 'add'
  | 'check'
  | 'clear'
  | 'copy'
  | 'delete'
  | 'download'
  | 'down'
  | 'empty'
  | 'error'
  | 'forward'
  | 'info'
  | 'locked'
  | 'next'
  | 'none'
  | 'previous'
  | 'run'
  | 'running'
  | 'retry'
  | 'success'
  | 'unknown'
  | 'up'
  | 'warning';

export interface IconProps {
  name: IconName;
  /** A colour of the theme; by default the icon's own. */
  color?: string;
  /** A step of the theme's scale. */
  size?: number;
  /** Whether it turns. */
  turns?: boolean;
}

export interface ButtonProps extends AriaAttributes {
  children: ReactNode;
  disabled?: boolean;
  endIcon?: IconName;
  loading?: boolean;
  onClick?: () => void;
  size?: 'S' | 'M' | 'L';
  startIcon?: IconName | undefined;
  type?: 'button' | 'submit';
  variant?: 'default' | 'secondary' | 'tertiary' | 'danger-light';
}

export interface IconButtonProps {
  disabled?: boolean;
  icon: IconName;
  label: string;
  noBorder?: boolean;
  onClick: () => void;
}

export interface LinkProps {
  children: ReactNode;
  endIcon?: IconName;
  /** Path below `/admin`. */
  to: string;
}

export interface UserLinkProps {
  id: number;
  /** How Strapi 5 names the user in URLs. */
  documentId?: string | undefined;
  children: ReactNode;
}

/** A field has a visible label, or one for screen readers only. */
interface FieldProps<Value> {
  'aria-label'?: string;
  disabled?: boolean;
  error?: string | undefined;
  hint?: string;
  label?: string;
  /** At the right of the label. */
  labelAction?: ReactNode;
  name?: string;
  onChange: (value: Value) => void;
  required?: boolean;
  value: Value;
}

export interface TextFieldProps extends FieldProps<string> {
  autoComplete?: string;
  placeholder?: string;
  spellCheck?: boolean;
  type?: 'text' | 'password' | 'url';
}

export interface SearchFieldProps {
  clearLabel: string;
  label: string;
  name: string;
  onChange: (value: string) => void;
  placeholder?: string;
  value: string;
}

export interface SelectFieldProps extends FieldProps<string> {
  options: readonly { readonly value: string; readonly label: string }[];
  placeholder?: string;
  size?: 'S' | 'M';
}

export interface ToggleFieldProps extends FieldProps<boolean> {
  offLabel: string;
  onLabel: string;
}

export interface DialogProps {
  title: string;
  children: ReactNode;
  onClose: () => void;
  startAction: ReactNode;
  endAction: ReactNode;
}

export interface TabsProps {
  label: string;
  tabs: readonly { readonly name: string; readonly label: string }[];
  selected: string;
  onSelect: (name: string) => void;
  /** The content of a tab, only called for the selected one. */
  children: (name: string) => ReactNode;
}

export interface SettingsPageProps {
  title: string;
  subtitle: string;
  isBusy: boolean;
  primaryAction?: ReactNode;
  children: ReactNode;
}

export interface LeavePromptProps {
  when: boolean;
  message: string;
  /** A page that can be opened without losing anything. */
  except: string;
}

export interface RequestOptions {
  params?: Readonly<Record<string, string | number>>;
  signal?: AbortSignal;
}

/** Each answers the body, and throws Strapi's own error. */
export interface Api {
  get: <Body>(path: string, options?: RequestOptions) => Promise<Body>;
  /** For a response that is not JSON. */
  getText: (path: string, options?: RequestOptions) => Promise<string>;
  put: <Body>(path: string, body: unknown) => Promise<Body>;
  delete: <Body>(path: string) => Promise<Body>;
}

/** What the plugin adds to the admin panel. */
export interface PluginDefinition {
  readonly id: string;
  readonly name: string;
  /** A page in the section of users-permissions in Settings. */
  readonly settingsPage: {
    /** Below `/settings/`. */
    readonly path: string;
    readonly label: { readonly id: string; readonly defaultMessage: string };
    /** The link is there for admins who have one of them. */
    readonly actions: readonly string[];
    readonly load: () => Promise<ComponentType>;
  };
  /** A panel beside a user in the Content Manager, for admins who have one of the permissions. */
  readonly userPanel: {
    readonly label: { readonly id: string; readonly defaultMessage: string };
    readonly actions: readonly string[];
    readonly Component: ComponentType<{ readonly user: number }>;
  };
  /** The texts of a language, by their keys. */
  readonly loadTexts: (locale: string) => Promise<Readonly<Record<string, string>>>;
}
