import {
  Badge as DesignBadge,
  Button as DesignButton,
  Loader as DesignLoader,
  Searchbar,
} from '@strapi/design-system';
import { forwardRef, type AriaAttributes, type ReactNode } from 'react';
import { StrapiIcon } from './Icon';
import type { IconName } from './types';

export const Badge = ({ children }: { readonly children: ReactNode }) => (
  <DesignBadge textColor="neutral700">{children}</DesignBadge>
);

export const Loader = ({ children }: { readonly children: string }) => (
  <DesignLoader>{children}</DesignLoader>
);

interface ButtonProps extends AriaAttributes {
  readonly children: ReactNode;
  readonly disabled?: boolean;
  readonly endIcon?: IconName;
  readonly loading?: boolean;
  readonly onClick: () => void;
  readonly size?: 'S';
  readonly startIcon?: IconName | undefined;
  readonly variant?: 'secondary' | 'tertiary' | 'danger-light';
}

export const Button = forwardRef<HTMLButtonElement, ButtonProps>(function Button(
  { startIcon, endIcon, onClick, ...rest },
  ref,
) {
  return (
    <DesignButton
      ref={ref}
      startIcon={startIcon && <StrapiIcon name={startIcon} />}
      endIcon={endIcon && <StrapiIcon name={endIcon} />}
      onClick={() => onClick()}
      {...rest}
    />
  );
});

interface SearchFieldProps {
  readonly clearLabel: string;
  readonly label: string;
  readonly name: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly value: string;
}

export const SearchField = forwardRef<HTMLInputElement, SearchFieldProps>(function SearchField(
  { label, onChange, ...rest },
  ref,
) {
  return (
    <Searchbar
      ref={ref}
      size="S"
      onChange={(event) => onChange(event.target.value)}
      onClear={() => onChange('')}
      {...rest}
    >
      {label}
    </Searchbar>
  );
});
