import type { SettingsView } from '../../../server/admin-contract';
import { Columns } from '../components/layout';
import { Panel } from '../components/Panel';
import { Locked, SettingFrame } from '../components/SettingFrame';
import { Box, Button, TextField, ToggleField } from '../elements';
import { useText, useTextWithFallback } from '../text';
import {
  fieldOfProblem,
  fieldTexts,
  isOptional,
  savedValue,
  textFields,
  type ConnectionForm,
  type TextFieldName,
} from './use-connection';

interface FormProps {
  readonly settings: SettingsView;
  readonly form: ConnectionForm;
  readonly canEdit: boolean;
}

/** The fields of the Providers page, with the user pool. */
export function Form({ settings, form, canEdit }: FormProps) {
  const text = useText();
  return (
    <Panel
      title={text('connection.title')}
      hint={text(canEdit ? 'connection.hint' : 'connection.read-only')}
    >
      <SettingFrame name="enabled">
        <ToggleField
          label={text('connection.enabled')}
          hint={text('connection.enabled.hint')}
          value={form.changes.enabled ?? settings.enabled}
          error={form.errors.enabled}
          disabled={!canEdit}
          offLabel={text('toggle.off')}
          onLabel={text('toggle.on')}
          onChange={(enabled) => form.change({ enabled })}
        />
      </SettingFrame>
      <Box paddingTop={6}>
        <Columns>
          {textFields.map((name) => (
            <Field key={name} name={name} settings={settings} form={form} canEdit={canEdit} />
          ))}
        </Columns>
      </Box>
    </Panel>
  );
}

function Field({ name, settings, form, canEdit }: FormProps & { readonly name: TextFieldName }) {
  const text = useText();
  const { label, hint, placeholder } = fieldTexts[name];
  const { locked } = settings.connection[name];
  const problem = useProblem(name, settings, form);
  const isSecret = name === 'clientSecret';
  const isSet = isSecret && settings.connection.clientSecret.value === 'set';
  const isRemoved = isSet && form.changes.clientSecret === '';
  const hintOfSecret = isRemoved
    ? 'connection.client-secret.removed'
    : 'connection.client-secret.set';
  return (
    <SettingFrame name={name}>
      <TextField
        label={text(label)}
        labelAction={locked && <Locked />}
        hint={locked ? undefined : text(isSet ? hintOfSecret : hint)}
        error={problem}
        name={name}
        required={!isOptional(name)}
        disabled={!canEdit || locked}
        value={(locked ? undefined : form.changes[name]) ?? savedValue(settings, name)}
        placeholder={isSet && !isRemoved ? '••••••••••••' : placeholder}
        type={isSecret ? 'password' : 'text'}
        autoComplete={isSecret ? 'new-password' : 'off'}
        spellCheck={false}
        onChange={(value) => {
          // An empty field keeps the saved secret.
          if (isSet && value === '') form.revert(name);
          else form.change({ [name]: value });
        }}
      />
      {isSet && canEdit && !locked && (
        <Box paddingTop={2}>
          <Button
            size="S"
            variant="tertiary"
            onClick={() => {
              if (isRemoved) form.revert(name);
              else form.change({ clientSecret: '' });
            }}
          >
            {text(isRemoved ? 'connection.client-secret.keep' : 'connection.client-secret.remove')}
          </Button>
        </Box>
      )}
    </SettingFrame>
  );
}

/** The mistake in a field: the one that was just refused, otherwise one in the saved value. */
function useProblem(
  name: TextFieldName,
  { problems }: SettingsView,
  { errors, changes }: ConnectionForm,
): string | undefined {
  const textOf = useTextWithFallback();
  const refused = errors[name];
  if (refused !== undefined) return refused;
  if (changes[name] !== undefined) return undefined;
  const saved = problems.find(
    ({ code }) => fieldOfProblem(code) === name && !code.endsWith('.missing'),
  );
  return saved && textOf(`problem.${saved.code}`, saved.message);
}
