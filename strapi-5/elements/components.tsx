import {
  Box as DesignBox,
  Dialog as DesignDialog,
  Field,
  Flex as DesignFlex,
  IconButton as DesignIconButton,
  Link,
  SingleSelect,
  SingleSelectOption,
  TextInput,
  Toggle,
  Typography as DesignTypography,
} from '@strapi/design-system';
import type { ReactNode } from 'react';
import { NavLink } from 'react-router-dom';
import { StrapiIcon } from '../Icon';
import type { Elements } from '../types';

// The props of the design system are generic in `tag`, which TypeScript cannot follow here.
type Any = Record<string, unknown>;

export const Box: Elements['Box'] = ({ as, ...rest }) => <DesignBox tag={as} {...(rest as Any)} />;

export const Flex: Elements['Flex'] = ({ as, ...rest }) => (
  <DesignFlex tag={as} {...(rest as Any)} />
);

export const Typography: Elements['Typography'] = ({ as, ...rest }) => (
  <DesignTypography tag={as} {...(rest as Any)} />
);

export const IconButton: Elements['IconButton'] = ({ icon, noBorder, onClick, ...rest }) => (
  <DesignIconButton variant={noBorder ? 'ghost' : 'tertiary'} onClick={() => onClick()} {...rest}>
    <StrapiIcon name={icon} />
  </DesignIconButton>
);

const USERS = '/content-manager/collection-types/plugin::users-permissions.user';

/** If the `documentId` of the user is unknown, links to the list of users, filtered to this one. */
export const UserLink: Elements['UserLink'] = ({ id, documentId, children }) => (
  <Link
    tag={NavLink}
    to={
      documentId === undefined
        ? `${USERS}?filters[$and][0][id][$eq]=${id}`
        : `${USERS}/${documentId}`
    }
  >
    {children}
  </Link>
);

interface FrameProps {
  error?: string | undefined;
  hint?: string;
  label?: string;
  labelAction?: ReactNode;
  name?: string;
  required?: boolean;
}

/** Shows the label of a field above it, and its hint and error below. */
function frame<Rest extends object>(
  { error, hint, label, labelAction, name, required, ...rest }: FrameProps & Rest,
  render: (rest: Omit<Rest, keyof FrameProps>) => ReactNode,
) {
  return (
    <Field.Root {...{ error, hint, name, required }}>
      {label !== undefined && <Field.Label action={labelAction}>{label}</Field.Label>}
      {render(rest)}
      <Field.Hint />
      <Field.Error />
    </Field.Root>
  );
}

export const TextField: Elements['TextField'] = (props) =>
  frame(props, ({ onChange, ...rest }) => (
    <TextInput onChange={(event) => onChange(event.target.value)} {...rest} />
  ));

export const SelectField: Elements['SelectField'] = (props) =>
  frame(props, ({ onChange, options, ...rest }) => (
    <SingleSelect onChange={(value) => onChange(String(value))} {...rest}>
      {options.map(({ value, label }) => (
        <SingleSelectOption key={value} value={value}>
          {label}
        </SingleSelectOption>
      ))}
    </SingleSelect>
  ));

export const ToggleField: Elements['ToggleField'] = (props) =>
  frame(props, ({ value, onChange, ...rest }) => (
    <Toggle checked={value} onChange={(event) => onChange(event.target.checked)} {...rest} />
  ));

export const Dialog: Elements['Dialog'] = ({
  title,
  children,
  onClose,
  startAction,
  endAction,
}) => (
  <DesignDialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
    <DesignDialog.Content>
      <DesignDialog.Header>{title}</DesignDialog.Header>
      <DesignDialog.Body icon={<StrapiIcon name="warning" />}>{children}</DesignDialog.Body>
      <DesignDialog.Footer>
        {startAction}
        {endAction}
      </DesignDialog.Footer>
    </DesignDialog.Content>
  </DesignDialog.Root>
);
