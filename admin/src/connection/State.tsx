import type { SettingsView } from '../../../server/admin-contract';
import { BulletList, TextButton } from '../components/layout';
import { Notice } from '../components/Notice';
import { focusSetting } from '../components/SettingFrame';
import { Button, Typography } from '../elements';
import { useText, useTextWithFallback } from '../text';
import { fieldOfProblem } from './use-connection';

interface StateProps {
  readonly settings: SettingsView;
  readonly onChecks: () => void;
}

/** Whether users can log in, and what prevents it. Red means that logins have worked before. */
export function State({ settings, onChecks }: StateProps) {
  const text = useText();
  const { enabled, everUsed, problems } = settings;
  if (problems.length > 0 || !enabled) {
    const list = <Problems settings={settings} />;
    if (!everUsed) {
      return (
        <Notice
          tone="primary"
          title={text('connection.new.title')}
          hint={text('connection.new.hint')}
        >
          {list}
        </Notice>
      );
    }
    const [tone, title] =
      problems.length > 0
        ? (['danger', text('connection.problems', { count: problems.length })] as const)
        : (['warning', text('connection.off.title')] as const);
    return (
      <Notice tone={tone} title={title}>
        {list}
      </Notice>
    );
  }
  return (
    <Notice
      tone="success"
      title={text(everUsed ? 'connection.on.title' : 'connection.ready.title')}
      hint={text('connection.filled-in')}
      action={
        <Button size="S" variant="tertiary" endIcon="forward" onClick={onChecks}>
          {text('checks.title')}
        </Button>
      }
    />
  );
}

/** The remaining steps, each with a link to its field. */
function Problems({ settings: { enabled, problems } }: { readonly settings: SettingsView }) {
  const text = useText();
  const textOf = useTextWithFallback();
  const left = [
    ...problems.map(({ code, message }) => ({
      field: fieldOfProblem(code),
      words:
        code === 'saved' ? text('problem.saved', { message }) : textOf(`problem.${code}`, message),
    })),
    ...(enabled ? [] : [{ field: 'enabled', words: text('connection.off.hint') }]),
  ];
  return (
    <BulletList>
      {left.map(({ field, words }) => (
        <Typography as="li" key={words} textColor="neutral800">
          {field === undefined ? (
            words
          ) : (
            <TextButton onClick={() => focusSetting(field)}>{words}</TextButton>
          )}
        </Typography>
      ))}
    </BulletList>
  );
}
