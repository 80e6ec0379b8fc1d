import type { LinkedIdentity } from '../../../server/admin-contract';
import { DateTime } from '../components/DateTime';
import { Breaking } from '../components/layout';
import { Paragraph } from '../components/Paragraph';
import { useText } from '../text';

/** A user's Cognito account: its subject, its user pool, and since when it is linked. */
export function Account({ identity }: { readonly identity: LinkedIdentity }) {
  const text = useText();
  const { subject, issuer, linkedAt } = identity;
  return (
    <Breaking $minWidth="10rem">
      <Paragraph color="neutral800">{subject}</Paragraph>
      <Paragraph isSmall>{issuer}</Paragraph>
      {linkedAt && (
        <Paragraph isSmall>
          {text('identities.since')} <DateTime iso={linkedAt} />
        </Paragraph>
      )}
    </Breaking>
  );
}
