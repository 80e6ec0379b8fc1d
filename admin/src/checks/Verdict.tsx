import { Flex, Typography } from '@strapi/design-system';
import { CheckCircle, CrossCircle, ExclamationMarkCircle, Minus, Question } from '@strapi/icons';
import type { Outcome } from '../../../server/admin-contract';
import { Colored } from '../elements/Colored';
import { useText } from '../text';

/** How a check ended; `unanswered`: Strapi did not say. */
export type VerdictName = Outcome | 'unanswered' | 'stopped';

const looks = {
  pass: { Icon: CheckCircle, tone: 'success600' },
  warn: { Icon: ExclamationMarkCircle, tone: 'warning600' },
  fail: { Icon: CrossCircle, tone: 'danger600' },
  skipped: { Icon: Minus, tone: 'neutral600' },
  unanswered: { Icon: Question, tone: 'danger600' },
  stopped: { Icon: Minus, tone: 'neutral600' },
};

/** A verdict as icon and word: colour alone is not for everybody. */
export function Verdict({ verdict }: { readonly verdict: VerdictName }) {
  const text = useText();
  const { Icon, tone } = looks[verdict];
  return (
    <Flex gap={2}>
      <Colored tone={tone} size={4}>
        <Icon aria-hidden />
      </Colored>
      <Typography fontWeight="semiBold" textColor={tone === 'neutral600' ? tone : 'neutral800'}>
        {text(`verdict.${verdict}`)}
      </Typography>
    </Flex>
  );
}
