import { TextField } from '../elements';
import { useText } from '../text';

interface GroupFieldProps {
  readonly label: string;
  readonly value: string;
  readonly canEdit: boolean;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

/** Cognito itself puts the users of an identity provider into a group of this name. */
const AUTOMATIC = /^[a-z]+(?:-[a-z0-9]+)+_[0-9A-Za-z]+_(.+)$/;

/** A group of the user pool. */
export function GroupField({ label, value, canEdit, error, onChange }: GroupFieldProps) {
  const text = useText();
  const [, provider] = AUTOMATIC.exec(value) ?? [];
  return (
    <TextField
      aria-label={label}
      placeholder={text('accounts.group.placeholder')}
      value={value}
      hint={provider === undefined ? '' : text('accounts.group.automatic', { provider })}
      error={error}
      disabled={!canEdit}
      spellCheck={false}
      autoComplete="off"
      onChange={onChange}
    />
  );
}
