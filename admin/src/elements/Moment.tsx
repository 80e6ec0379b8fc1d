import { useIntl } from 'react-intl';

/** A point in time, in the administrator's language and time zone. */
export function Moment({ iso }: { readonly iso: string }) {
  const intl = useIntl();
  return (
    <time dateTime={iso}>{intl.formatDate(iso, { dateStyle: 'medium', timeStyle: 'short' })}</time>
  );
}
