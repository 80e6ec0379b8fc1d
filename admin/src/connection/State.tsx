import { Notice } from '../components/Notice';
import { BulletList } from '../components/BulletList';
import { Typography } from '../elements';
import { useText } from '../text';
import { ProvidersLink } from './ProvidersLink';

interface StateProps {
  readonly enabled: boolean;
  readonly problems: readonly string[];
}

/** Whether people can log in, and what keeps them from it. */
export function State({ enabled, problems }: StateProps) {
  const text = useText();
  if (problems.length > 0) {
    return (
      <Notice
        tone="danger"
        title={text('connection.problems', { count: problems.length })}
        action={<ProvidersLink />}
      >
        <BulletList>
          {problems.map((problem) => (
            <Typography as="li" key={problem} textColor="neutral800">
              {problem}
            </Typography>
          ))}
        </BulletList>
      </Notice>
    );
  }
  if (!enabled) {
    return (
      <Notice tone="warning" title={text('connection.off.title')} action={<ProvidersLink />}>
        <Typography as="p" textColor="neutral800">
          {text('connection.off.hint')}
        </Typography>
      </Notice>
    );
  }
  return (
    <Notice tone="success" title={text('connection.on.title')}>
      <Typography as="p" textColor="neutral800">
        {text('connection.on.hint')}
      </Typography>
    </Notice>
  );
}
