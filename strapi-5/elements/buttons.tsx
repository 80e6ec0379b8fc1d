import {
  Button as DesignButton,
  IconButton as DesignIconButton,
  Link as DesignLink,
} from '@strapi/design-system';
import { forwardRef } from 'react';
import { NavLink } from 'react-router-dom';
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
  { icon, noBorder = false, onClick, ...rest },
  ref,
) {
  return (
    <DesignIconButton
      ref={ref}
      variant={noBorder ? 'ghost' : 'tertiary'}
      onClick={() => onClick()}
      {...rest}
    >
      <StrapiIcon name={icon} />
    </DesignIconButton>
  );
});

export const Link = forwardRef<HTMLAnchorElement, LinkProps>(function Link(
  { endIcon, ...rest },
  ref,
) {
  return <DesignLink ref={ref} tag={NavLink} endIcon={iconOf(endIcon)} {...rest} />;
});

const USERS = '/content-manager/collection-types/plugin::users-permissions.user';

/** Without the name that Strapi 5 has for the user, to the list of users with only this one. */
export const UserLink: Elements['UserLink'] = ({ id, documentId, children }) => (
  <Link
    to={
      documentId === undefined
        ? `${USERS}?filters[$and][0][id][$eq]=${id}`
        : `${USERS}/${documentId}`
    }
  >
    {children}
  </Link>
);
