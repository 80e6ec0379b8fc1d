import { Flex, Typography } from '@strapi/design-system';
import { CheckCircle, CrossCircle } from '@strapi/icons';
import { Colored } from '../elements/Colored';
import { useTextOf } from '../text';

/** How a login ended, in words; a failure with its code, by which front-ends and the log know it. */
export function LoginOutcome({ outcome }: { readonly outcome: string }) {
  const textOf = useTextOf();
  const worked = outcome === 'ok';
  return (
    <Flex gap={2} alignItems="flex-start">
      <Colored tone={worked ? 'success600' : 'danger600'} size={4}>
        {worked ? <CheckCircle aria-hidden /> : <CrossCircle aria-hidden />}
      </Colored>
      <div>
        <Typography as="p" textColor="neutral800">
          {textOf(`outcome.${outcome}`, outcome)}
        </Typography>
        {!worked && (
          <Typography as="p" variant="pi" textColor="neutral600">
            <code>{outcome}</code>
          </Typography>
        )}
      </div>
    </Flex>
  );
}
