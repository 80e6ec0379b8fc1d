import type { Source } from '../../../server/admin-contract';
import { Badge } from '../elements';
import { useText } from '../text';

/** Where a value comes from, in words. */
export function SourceBadge({ source }: { readonly source: Source }) {
  const text = useText();
  return <Badge>{text(`source.${source}`)}</Badge>;
}
