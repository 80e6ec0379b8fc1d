import type { AccountSettings } from '../admin-contract';
import { findMistake, isObject, savedSchema } from './schema';

/** What an admin saved on the plugin's page. */
type SavedSettings = { readonly [Key in keyof AccountSettings]?: AccountSettings[Key] };

/** Whether it is the name of a setting of the page. */
export function isSavedKey(key: string): key is keyof AccountSettings {
  return Object.hasOwn(savedSchema, key);
}

/**
 * Reads what the store has, which anything may have written. An invalid value is a problem and is not left out
 * silently: the default could let more users in.
 */
export function readSaved(stored: unknown): {
  saved: SavedSettings;
  problems: Partial<Record<keyof AccountSettings, string>>;
} {
  const saved: Record<string, unknown> = {};
  const problems: Partial<Record<keyof AccountSettings, string>> = {};
  const given = stored ?? {};
  for (const key of Object.keys(savedSchema).filter(isSavedKey)) {
    if (!isObject(given)) {
      problems[key] = 'what was saved on the page of the plugin cannot be read';
    } else if (Object.hasOwn(given, key) && given[key] !== null) {
      const mistake = findMistake(savedSchema[key], given[key]);
      if (mistake === undefined) saved[key] = given[key];
      else problems[key] = `${key}, as saved, ${mistake}`;
    }
  }
  return { saved, problems };
}
