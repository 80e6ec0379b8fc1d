import type { TextKey } from '../text';
import type { Changes, SettingName } from './draft';

/** What is wrong with changes and can be said without asking the server, by the setting. */
export function invalidSettings(changes: Changes): Partial<Record<SettingName, TextKey>> {
  const { requiredGroups, roles, attributes, username } = changes;
  const found: Partial<Record<SettingName, TextKey | undefined>> = {
    requiredGroups: requiredGroups && inList(requiredGroups),
    username: username && (username.length === 0 ? 'mistake.username' : inList(username)),
    roles:
      roles &&
      inTable(
        roles.map(({ group }) => group),
        roles.map(({ role }) => role),
      ),
    attributes:
      attributes &&
      inTable(
        attributes.map(({ claim }) => claim),
        attributes.map(({ field }) => field),
      ),
  };
  const entries = Object.entries(found) as [SettingName, TextKey | undefined][];
  return Object.fromEntries(entries.filter(([, problem]) => problem !== undefined));
}

function inList(values: readonly string[]): TextKey | undefined {
  if (values.some(isBlank)) return 'mistake.blank';
  return hasTwice(values) ? 'mistake.twice' : undefined;
}

function inTable(keys: readonly string[], values: readonly string[]): TextKey | undefined {
  if (values.some(isBlank)) return 'mistake.blank';
  return inList(keys);
}

const isBlank = (value: string) => value.trim() === '';

const hasTwice = (values: readonly string[]) => new Set(values).size < values.length;
