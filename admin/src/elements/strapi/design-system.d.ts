/** Version 1.19 of the design system comes without declarations: these are of what is used here. */
declare module '@strapi/design-system' {
  import type {
    AriaAttributes,
    ChangeEvent,
    FC,
    ForwardRefExoticComponent,
    ReactElement,
    ReactNode,
    RefAttributes,
  } from 'react';

  // A declaration of a module may not import by a relative path otherwise.
  // eslint-disable-next-line @typescript-eslint/consistent-type-imports
  type Elements = import('../types').Elements;
  type Props<Name extends keyof Elements> = Elements[Name] extends (props: infer P) => unknown
    ? P
    : never;
  type Focusable<P, Element> = ForwardRefExoticComponent<P & RefAttributes<Element>>;
  type Slot = FC<{ children: ReactNode }>;
  interface OnInput {
    onChange: (event: ChangeEvent<HTMLInputElement>) => void;
  }

  export const Box: Elements['Box'];
  export const Flex: Elements['Flex'];
  export const Typography: Elements['Typography'];
  export const VisuallyHidden: Elements['VisuallyHidden'];
  export const Divider: FC;
  export const Badge: FC<{ children: ReactNode; textColor: string }>;
  export const Loader: Slot;
  export const Link: FC<{ children: ReactNode; to: string }>;

  export const Button: Focusable<
    AriaAttributes & {
      children: ReactNode;
      disabled?: boolean;
      endIcon?: ReactNode;
      loading?: boolean;
      onClick: () => void;
      size?: 'S';
      startIcon?: ReactNode;
      variant?: 'secondary' | 'tertiary' | 'danger-light';
    },
    HTMLButtonElement
  >;
  export const IconButton: FC<Omit<Props<'IconButton'>, 'icon'> & { icon: ReactElement }>;

  export const TextInput: FC<Omit<Props<'TextField'>, 'onChange'> & OnInput>;
  export const ToggleInput: FC<
    Omit<Props<'ToggleField'>, 'onChange' | 'value'> & OnInput & { checked: boolean }
  >;
  export const SingleSelect: FC<Omit<Props<'SelectField'>, 'options'> & { children: ReactNode }>;
  export const SingleSelectOption: FC<{ children: ReactNode; value: string }>;
  export const Searchbar: Focusable<
    OnInput & {
      children: ReactNode;
      clearLabel: string;
      name: string;
      onClear: () => void;
      placeholder?: string;
      size: 'S';
      value: string;
    },
    HTMLInputElement
  >;

  export const Dialog: FC<{
    children: ReactNode;
    id: string;
    isOpen: boolean;
    onClose: () => void;
    title: string;
  }>;
  export const DialogBody: FC<{ children: ReactNode; icon: ReactNode }>;
  export const DialogFooter: FC<{ startAction: ReactNode; endAction: ReactNode }>;

  export const Main: FC<AriaAttributes & { children: ReactNode }>;
  export const HeaderLayout: FC<{ title: string; subtitle: string; primaryAction: ReactNode }>;
  export const ContentLayout: Slot;
  export const Tab: Slot;
  export const TabGroup: FC<{
    children: ReactNode;
    id: string;
    label: string;
    onTabChange: (index: number) => void;
    selectedTabIndex: number;
    variant: 'simple';
  }>;
  export const TabPanel: Slot;
  export const TabPanels: Slot;
  export const Tabs: Slot;
}
