import type { AccountSettings } from '../admin-contract';
import { isProtectedField } from './protected-fields';
import {
  type Rule,
  claimNames,
  complaint,
  flag,
  groupNames,
  isObject,
  isText,
  waysOfLinking,
} from './rules';

/** What an admin saved on the plugin's page. */
export type SavedSettings = { readonly [Key in keyof AccountSettings]?: AccountSettings[Key] };

/** Room for any real pool, and an end to what one row of the store may hold. */
const MAX_ITEMS = 500;
const MAX_LENGTH = 255;

/** A rule for a list, that none is endless. */
const bounded = ({ expected, accepts }: Rule): Rule => ({
  expected: `${expected}, of at most ${MAX_ITEMS} items of ${MAX_LENGTH} characters`,
  accepts: (value) =>
    accepts(value) &&
    Array.isArray(value) &&
    value.length <= MAX_ITEMS &&
    value
      .flatMap((item: unknown) => (isObject(item) ? Object.values(item) : [item]))
      .every((item) => typeof item === 'string' && item.length <= MAX_LENGTH),
});

/** A list of pairs of texts, such as a group and its role. */
const pairs = (
  expected: string,
  keys: readonly [string, string],
  accepts: (items: Record<string, string>[]) => boolean,
): Rule =>
  bounded({
    expected,
    accepts: (value) =>
      Array.isArray(value) &&
      value.every(
        (item) =>
          isObject(item) &&
          Object.keys(item).length === keys.length &&
          keys.every((key) => Object.hasOwn(item, key) && isText(item[key])),
      ) &&
      accepts(value as Record<string, string>[]),
  });

const areDistinct = (items: readonly unknown[]) => new Set(items).size === items.length;

/** What each of the settings of the page accepts. */
export const savedRules: { readonly [Key in keyof AccountSettings]: Rule } = {
  linking: waysOfLinking,
  requireVerifiedEmail: flag,
  requiredGroups: bounded(groupNames),
  roles: pairs('a list of { group, role }, no group twice', ['group', 'role'], (items) =>
    areDistinct(items.map(({ group }) => group)),
  ),
  attributes: pairs(
    'a list of { claim, field }, no field twice, none of them protected',
    ['claim', 'field'],
    (items) =>
      areDistinct(items.map(({ field }) => field)) &&
      !items.some(({ field = '' }) => isProtectedField(field)),
  ),
  username: bounded(claimNames),
  syncOnLogin: flag,
};

/** Whether it is the name of a setting of the page. */
export function isSavedKey(key: string): key is keyof AccountSettings {
  return Object.hasOwn(savedRules, key);
}

/**
 * Reads what the store has, which anything may have written. A value that is not what its setting
 * accepts is a problem and is not left out silently: the default could let more people in.
 */
export function readSaved(stored: unknown): {
  saved: SavedSettings;
  problems: Partial<Record<keyof AccountSettings, string>>;
} {
  const saved: Record<string, unknown> = {};
  const problems: Partial<Record<keyof AccountSettings, string>> = {};
  const given = stored ?? {};
  for (const key of Object.keys(savedRules) as (keyof AccountSettings)[]) {
    if (!isObject(given)) {
      problems[key] = 'what was saved on the page of the plugin cannot be read';
      continue;
    }
    if (!Object.hasOwn(given, key) || given[key] === null) continue;
    if (savedRules[key].accepts(given[key])) saved[key] = given[key];
    else problems[key] = `${key}, as saved, ${complaint(given[key], savedRules[key])}`;
  }
  return { saved, problems };
}
