import { SelectField } from '../elements';
import { useText } from '../text';

interface Option {
  readonly value: string;
  readonly label: string;
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly Option[];
  readonly placeholder: string;
  readonly canEdit: boolean;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

/** One of several values; one that is set and not (or no longer) among them is shown as what it is. */
export function Choice(props: ChoiceProps) {
  const { label, value, options, placeholder, canEdit, error, onChange } = props;
  const text = useText();
  const isKnown = value === '' || options.some((option) => option.value === value);
  const missing = { value, label: text('choice.missing', { value }) };
  return (
    <SelectField
      aria-label={label}
      value={value}
      options={isKnown ? options : [missing, ...options]}
      placeholder={placeholder}
      error={error}
      disabled={!canEdit}
      onChange={onChange}
    />
  );
}
