import type { Outcome } from '../../../server/admin-contract';
import { Flex, Icon, Typography } from '../elements';
import { useText } from '../text';

/** How a check ended; `unanswered`: Strapi did not say. */
export type CheckStatusName = Outcome | 'unanswered' | 'stopped';

const looks = {
  pass: { icon: 'success', color: 'success600' },
  warn: { icon: 'warning', color: 'warning600' },
  fail: { icon: 'error', color: 'danger600' },
  skipped: { icon: 'none', color: 'neutral600' },
  unanswered: { icon: 'unknown', color: 'danger600' },
  stopped: { icon: 'none', color: 'neutral600' },
} as const;

/** How a check ended, as icon and word: not everyone sees colours. */
export function CheckStatus({ status }: { readonly status: CheckStatusName }) {
  const text = useText();
  const { icon, color } = looks[status];
  return (
    <Flex gap={2}>
      <Icon name={icon} color={color} />
      <Typography fontWeight="semiBold" textColor={color === 'neutral600' ? color : 'neutral800'}>
        {text(`check-status.${status}`)}
      </Typography>
    </Flex>
  );
}
