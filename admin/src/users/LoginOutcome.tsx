import type { LoginRecord } from '../../../server/admin-contract';
import { Flex, Icon, Typography } from '../elements';
import { useText, useTextOf } from '../text';

/** How a login ended, in words; a failure with its code, by which front-ends and the log know it. */
export function LoginOutcome({ step, outcome }: Pick<LoginRecord, 'step' | 'outcome'>) {
  const text = useText();
  const textOf = useTextOf();
  const worked = outcome === 'ok';
  return (
    <Flex gap={2} alignItems="flex-start">
      <Icon name={worked ? 'success' : 'error'} color={worked ? 'success600' : 'danger600'} />
      <div>
        <Typography as="p" textColor="neutral800">
          {textOf(`outcome.${outcome}`, outcome)}
        </Typography>
        <Typography as="p" variant="pi" textColor="neutral600">
          {text(`step.${step}`)}
          {!worked && (
            <>
              {' · '}
              <code>{outcome}</code>
            </>
          )}
        </Typography>
      </div>
    </Flex>
  );
}
