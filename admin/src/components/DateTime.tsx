import { useIntl } from 'react-intl';

/** A date and time, in the admin's language and time zone. */
export function DateTime({ iso }: { readonly iso: string }) {
  const intl = useIntl();
  return (
    <time dateTime={iso} style={{ whiteSpace: 'nowrap' }}>
      {intl.formatDate(iso, { dateStyle: 'medium', timeStyle: 'short' })}
    </time>
  );
}
