import {
  Searchbar,
  SingleSelect,
  SingleSelectOption,
  TextInput,
  ToggleInput,
} from '@strapi/design-system';
import { forwardRef } from 'react';
import type { Elements, SearchFieldProps, TextFieldProps } from './types';

export const TextField = forwardRef<HTMLInputElement, TextFieldProps>(function TextField(
  { onChange, ...rest },
  ref,
) {
  return <TextInput ref={ref} onChange={(event) => onChange(event.target.value)} {...rest} />;
});

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
