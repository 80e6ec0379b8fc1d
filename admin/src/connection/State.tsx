import type { SettingsView } from '../../../server/admin-contract';
import { BulletList } from '../components/BulletList';
import { Notice } from '../components/Notice';
import { focusSetting } from '../components/SettingFrame';
import { TextButton } from '../components/TextButton';
import { Button, Typography } from '../elements';
import { useText, useTextWithFallback } from '../text';
import { fieldOfProblem } from './fields';

interface StateProps {
  readonly settings: SettingsView;
  readonly onChecks: () => void;
}

/** Whether users can log in, and what prevents it. Red is for what once worked. */
export function State({ settings, onChecks }: StateProps) {
  const text = useText();
  const { enabled, everUsed, problems } = settings;
  const list = <Problems settings={settings} />;
  if (!everUsed && (problems.length > 0 || !enabled)) {
    return (
      <Notice tone="primary" title={text('connection.new.title')}>
        <Paragraph>{text('connection.new.hint')}</Paragraph>
        {list}
      </Notice>
    );
  }
  if (problems.length > 0) {
    return (
      <Notice tone="danger" title={text('connection.problems', { count: problems.length })}>
        {list}
      </Notice>
    );
  }
  if (!enabled) {
    return (
      <Notice tone="warning" title={text('connection.off.title')}>
        {list}
      </Notice>
    );
  }
  return (
    <Notice
      tone="success"
      title={text(everUsed ? 'connection.on.title' : 'connection.ready.title')}
      action={
        <Button size="S" variant="tertiary" endIcon="forward" onClick={onChecks}>
          {text('checks.title')}
        </Button>
      }
    >
      <Paragraph>{text(everUsed ? 'connection.on.hint' : 'connection.ready.hint')}</Paragraph>
    </Notice>
  );
}

function Paragraph({ children }: { readonly children: string }) {
  return (
    <Typography as="p" textColor="neutral800">
      {children}
    </Typography>
  );
}

/** What is left to do; each leads to its field. */
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
