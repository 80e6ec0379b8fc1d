import type { LoginRecord } from '../../../server/admin-contract';
import { Paragraph } from '../components/Paragraph';
import { Flex, Icon, type IconName } from '../elements';
import { useText, useTextWithFallback } from '../text';
import { CANCELLED } from './outcomes';

const looks = {
  ok: { icon: 'success', color: 'success600' },
  // The front-end has not finished the login.
  open: { icon: 'info', color: 'neutral600' },
  cancelled: { icon: 'none', color: 'neutral600' },
  failed: { icon: 'error', color: 'danger600' },
} as const satisfies Record<string, { icon: IconName; color: string }>;

function lookOf({ step, outcome }: Pick<LoginRecord, 'step' | 'outcome'>): keyof typeof looks {
  if (outcome === 'ok') return step === 'callback' ? 'open' : 'ok';
  return outcome === CANCELLED ? 'cancelled' : 'failed';
}

/** How a login ended, in words; a failure with its code, by which front-ends and the log know it. */
export function LoginOutcome({ step, outcome }: Pick<LoginRecord, 'step' | 'outcome'>) {
  const text = useText();
  const textOf = useTextWithFallback();
  const look = lookOf({ step, outcome });
  const { icon, color } = looks[look];
  const isGrey = color === 'neutral600';
  return (
    <Flex gap={2} alignItems="flex-start">
      <Icon name={icon} color={color} />
      <div>
        <Paragraph color={isGrey ? color : 'neutral800'}>
          {look === 'open' ? text('logins.open') : textOf(`outcome.${outcome}`, outcome)}
        </Paragraph>
        <Paragraph isSmall>
          {text(`step.${step}`)}
          {outcome !== 'ok' && (
            <>
              {' · '}
              <code>{outcome}</code>
            </>
          )}
        </Paragraph>
      </div>
    </Flex>
  );
}
