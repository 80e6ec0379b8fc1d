import { Badge } from '@strapi/design-system';
import type { Source } from '../../../server/admin-contract';
import { useText } from '../text';

/** Where a value comes from, in words. */
export function SourceBadge({ source }: { readonly source: Source }) {
  const text = useText();
  return <Badge textColor="neutral700">{text(`source.${source}`)}</Badge>;
}
