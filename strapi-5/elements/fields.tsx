import {
  Field,
  Searchbar,
  SingleSelect,
  SingleSelectOption,
  TextInput,
  Toggle,
} from '@strapi/design-system';
import { forwardRef, type ReactNode } from 'react';
import type { Elements, SearchFieldProps, TextFieldProps } from './types';

interface FrameProps {
  error?: string | undefined;
  hint?: string;
  label?: string;
  labelAction?: ReactNode;
  name?: string;
  required?: boolean;
  children: ReactNode;
}

/** The label of a field above it, its hint and its error below. */
function Frame({ label, labelAction, children, ...rest }: FrameProps) {
  return (
    <Field.Root {...rest}>
      {label !== undefined && <Field.Label action={labelAction}>{label}</Field.Label>}
      {children}
      <Field.Hint />
      <Field.Error />
    </Field.Root>
  );
}

export const TextField = forwardRef<HTMLInputElement, TextFieldProps>(function TextField(
  { error, hint, label, labelAction, name, onChange, required, ...rest },
  ref,
) {
  return (
    <Frame {...{ error, hint, label, labelAction, name, required }}>
      <TextInput ref={ref} onChange={(event) => onChange(event.target.value)} {...rest} />
    </Frame>
  );
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

export const SelectField: Elements['SelectField'] = ({
  error,
  hint,
  label,
  labelAction,
  name,
  onChange,
  options,
  required,
  ...rest
}) => (
  <Frame {...{ error, hint, label, labelAction, name, required }}>
    <SingleSelect onChange={(value) => onChange(String(value))} {...rest}>
      {options.map(({ value, label: text }) => (
        <SingleSelectOption key={value} value={value}>
          {text}
        </SingleSelectOption>
      ))}
    </SingleSelect>
  </Frame>
);

export const ToggleField: Elements['ToggleField'] = ({
  error,
  hint,
  label,
  labelAction,
  name,
  onChange,
  required,
  value,
  ...rest
}) => (
  <Frame {...{ error, hint, label, labelAction, name, required }}>
    <Toggle checked={value} onChange={(event) => onChange(event.target.checked)} {...rest} />
  </Frame>
);
