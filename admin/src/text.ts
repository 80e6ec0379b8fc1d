import { useCallback } from 'react';
import { useIntl } from 'react-intl';
import { pluginId } from './plugin';
import type english from './translations/en.json';

/** The name of a text; `translations/en.json` has them all. */
export type TextKey = keyof typeof english;

/** What the placeholders of a text are filled in with. */
export type TextValues = Readonly<Record<string, string | number>>;

/** Gives the text of a key in the administrator's language. */
export type Text = (key: TextKey, values?: TextValues) => string;

/** The id under which Strapi keeps a text of the plugin. */
export const textId = (key: string) => `${pluginId}.${key}`;

/** The page's texts, in the administrator's language. */
export function useText(): Text {
  const intl = useIntl();
  return useCallback((key, values) => intl.formatMessage({ id: textId(key) }, values), [intl]);
}

/**
 * Texts whose keys come from the server, such as a check's `code`. A server that is newer than the
 * page may send one that has no text: `fallback`, in English, is shown then.
 */
export function useTextWithFallback(): (
  key: string,
  fallback: string,
  values?: TextValues,
) => string {
  const intl = useIntl();
  return useCallback(
    (key, fallback, values) =>
      Object.hasOwn(intl.messages, textId(key))
        ? intl.formatMessage({ id: textId(key) }, values)
        : fallback,
    [intl],
  );
}
