import {
  Dialog as DesignDialog,
  DialogBody,
  DialogFooter,
  IconButton as DesignIconButton,
  Link,
  SingleSelect,
  SingleSelectOption,
  TextInput,
  ToggleInput,
} from '@strapi/design-system';
import { useId } from 'react';
import { StrapiIcon } from '../Icon';
import type { Elements } from '../types';

export const IconButton: Elements['IconButton'] = ({ icon, onClick, ...rest }) => (
  <DesignIconButton icon={<StrapiIcon name={icon} />} onClick={() => onClick()} {...rest} />
);

export const UserLink: Elements['UserLink'] = ({ id, children }) => (
  <Link to={`/content-manager/collection-types/plugin::users-permissions.user/${id}`}>
    {children}
  </Link>
);

export const TextField: Elements['TextField'] = ({ onChange, ...rest }) => (
  <TextInput onChange={(event) => onChange(event.target.value)} {...rest} />
);

export const SelectField: Elements['SelectField'] = ({ options, ...rest }) => (
  <SingleSelect {...rest}>
    {options.map(({ value, label }) => (
      <SingleSelectOption key={value} value={value}>
        {label}
      </SingleSelectOption>
    ))}
  </SingleSelect>
);

export const ToggleField: Elements['ToggleField'] = ({ value, onChange, ...rest }) => (
  <ToggleInput checked={value} onChange={(event) => onChange(event.target.checked)} {...rest} />
);

export const Dialog: Elements['Dialog'] = ({ title, children, onClose, ...actions }) => {
  const id = useId();
  return (
    <DesignDialog isOpen onClose={onClose} title={title} id={id}>
      <DialogBody icon={<StrapiIcon name="warning" />}>{children}</DialogBody>
      <DialogFooter {...actions} />
    </DesignDialog>
  );
};
