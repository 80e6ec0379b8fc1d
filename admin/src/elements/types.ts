import type { AriaAttributes, AriaRole, ComponentType, ElementType, ReactNode } from 'react';
import type * as icons from './icons';
import type * as provided from './strapi';

/**
 * The parts of the admin panel that the pages use and that differ between Strapi 4 and 5. `strapi/` implements it for
 * Strapi 4, `strapi-5/elements/` for Strapi 5. The rest of this folder is the same for both. No file outside this
 * folder uses the design system, the router or Strapi's hooks.
 */
export interface Elements {
  readonly Box: Component<BoxProps>;
  readonly Flex: Component<FlexProps>;
  readonly Typography: Component<TypographyProps>;
  readonly VisuallyHidden: Component<{ role?: AriaRole; children: ReactNode }>;

  readonly IconButton: Component<IconButtonProps>;
  /** A link to a user's page in the Content Manager. */
  readonly UserLink: Component<UserLinkProps>;

  readonly TextField: Component<TextFieldProps>;
  readonly SelectField: Component<SelectFieldProps>;
  readonly ToggleField: Component<ToggleFieldProps>;

  /** A modal question with two buttons; rendered only while it is open. */
  readonly Dialog: Component<DialogProps>;
  readonly Tabs: Component<TabsProps>;
  /** A page of Settings: its title, the buttons at the right of it, and its content. */
  readonly SettingsPage: Component<SettingsPageProps>;
  /** Redirects admins who have none of these permissions. */
  readonly RequirePermissions: Component<{ actions: readonly string[]; children: ReactNode }>;
  readonly PageLoader: Component<object>;
  /** Asks before unsaved changes are lost by opening another page of the panel. */
  readonly LeavePrompt: Component<LeavePromptProps>;

  /** Reads a parameter of the page's URL and replaces it. */
  readonly useUrlParameter: (name: string) => [string | null, (value: string) => void];
  /** Shows a message at the top of the page for a few seconds. */
  readonly useNotify: () => (kind: 'success' | 'error', message: string) => void;
  /**
   * Which of these actions the admin may do; `undefined` until that is known.
   *
   * @param actions the same array in each render.
   */
  readonly usePermissions: (actions: readonly string[]) => ReadonlySet<string> | undefined;

  /** The beginning of the path of a Settings link, up to `users-permissions/`. */
  readonly SETTINGS_LINKS: string;
  /** Adds a panel beside a user in the Content Manager. */
  readonly addUserPanel: (app: AdminApp, panel: UserPanelDefinition) => void;
}

/** A compile error here means that the folder `strapi` does not implement {@link Elements}. */
type Implements<Wanted, Provided extends Wanted> = Provided;
export type Provided = Implements<Elements, typeof provided>;

type Component<Props> = (props: Props) => ReactNode;

/** A step of the theme's scale, or a length. */
type Space = number | string;

interface BoxProps extends AriaAttributes {
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
}

interface FlexProps extends BoxProps {
  alignItems?: string;
  direction?: 'row' | 'column';
  gap?: Space;
  justifyContent?: string;
  wrap?: 'wrap';
}

interface TypographyProps extends AriaAttributes {
  as?: ElementType;
  children?: ReactNode;
  fontWeight?: 'semiBold' | 'bold';
  id?: string;
  role?: AriaRole;
  textAlign?: 'center';
  /** A colour of the theme. */
  textColor?: string;
  variant?: 'delta' | 'pi' | 'sigma';
}

/** Icons by their meaning. */
export type IconName = keyof typeof icons;

interface IconButtonProps {
  disabled?: boolean;
  icon: IconName;
  label: string;
  noBorder?: boolean;
  onClick: () => void;
}

interface UserLinkProps {
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
  /** To the right of the label. */
  labelAction?: ReactNode;
  name?: string;
  onChange: (value: Value) => void;
  required?: boolean;
  value: Value;
}

interface TextFieldProps extends FieldProps<string> {
  autoComplete?: string;
  placeholder?: string;
  spellCheck?: boolean;
  type?: 'text' | 'password';
}

interface SelectFieldProps extends FieldProps<string> {
  options: readonly { readonly value: string; readonly label: string }[];
  placeholder?: string;
  size?: 'S';
}

interface ToggleFieldProps extends FieldProps<boolean> {
  offLabel: string;
  onLabel: string;
}

interface DialogProps {
  title: string;
  children: ReactNode;
  onClose: () => void;
  startAction: ReactNode;
  endAction: ReactNode;
}

interface TabsProps {
  label: string;
  tabs: readonly { readonly name: string; readonly label: string }[];
  selected: string;
  onSelect: (name: string) => void;
  /** The content of a tab, only called for the selected one. */
  children: (name: string) => ReactNode;
}

interface SettingsPageProps {
  title: string;
  subtitle: string;
  isBusy: boolean;
  primaryAction?: ReactNode;
  children: ReactNode;
}

interface LeavePromptProps {
  when: boolean;
  message: string;
  /** A path that can be opened without losing changes. */
  except: string;
}

/** A text of Strapi's admin panel, by its id. */
interface Label {
  readonly id: string;
  readonly defaultMessage: string;
}

/** The part of Strapi's admin application that is the same in Strapi 4 and 5. */
export interface AdminApp {
  registerPlugin(plugin: { id: string; name: string }): void;
  addSettingsLink(
    section: string,
    link: {
      id: string;
      to: string;
      intlLabel: Label;
      permissions: readonly { action: string; subject: null }[];
      Component: () => Promise<{ default: ComponentType }>;
    },
  ): void;
}

/** A panel for admins who have one of the permissions. */
export interface UserPanelDefinition {
  readonly label: Label;
  readonly actions: readonly string[];
  readonly Component: ComponentType<{ readonly user: number }>;
}
