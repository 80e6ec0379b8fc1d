import {
  Button as DesignButton,
  IconButton as DesignIconButton,
  Link as DesignLink,
} from '@strapi/design-system';
import { forwardRef } from 'react';
import { StrapiIcon } from './Icon';
import type { ButtonProps, Elements, IconButtonProps, IconName, LinkProps } from './types';

const iconOf = (name: IconName | undefined) => name && <StrapiIcon name={name} />;

export const Button = forwardRef<HTMLButtonElement, ButtonProps>(function Button(
  { startIcon, endIcon, onClick, ...rest },
  ref,
) {
  return (
    <DesignButton
      ref={ref}
      startIcon={iconOf(startIcon)}
      endIcon={iconOf(endIcon)}
      onClick={() => onClick?.()}
      {...rest}
    />
  );
});

export const IconButton = forwardRef<HTMLButtonElement, IconButtonProps>(function IconButton(
  { icon, onClick, ...rest },
  ref,
) {
  return (
    <DesignIconButton
      ref={ref}
      icon={<StrapiIcon name={icon} />}
      onClick={() => onClick()}
      {...rest}
    />
  );
});

export const Link = forwardRef<HTMLAnchorElement, LinkProps>(function Link(
  { endIcon, ...rest },
  ref,
) {
  return <DesignLink ref={ref} endIcon={iconOf(endIcon)} {...rest} />;
});

export const UserLink: Elements['UserLink'] = ({ id, children }) => (
  <Link to={`/content-manager/collection-types/plugin::users-permissions.user/${id}`}>
    {children}
  </Link>
);
