import type { AccountSettings, SettingsChange, SettingsView } from '../../../server/admin-contract';

/** Name of a setting that can be changed on the page. */
export type SettingName = keyof AccountSettings;

/** What an admin has changed and not saved; `null` goes back to the default. */
export type Changes = SettingsChange;

type View = Pick<SettingsView, 'accounts' | 'defaults'>;

const names = (changes: Changes) => Object.keys(changes) as SettingName[];

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The settings as they would be with the changes. A setting that is locked by now keeps its value. */
export function withChanges({ accounts, defaults }: View, changes: Changes): AccountSettings {
  const value = <Name extends SettingName>(name: Name): AccountSettings[Name] => {
    const { locked, value: saved } = accounts[name];
    const changed: AccountSettings[Name] | null | undefined = changes[name];
    if (locked || changed === undefined) return saved;
    return changed ?? defaults[name];
  };
  return {
    linking: value('linking'),
    requireVerifiedEmail: value('requireVerifiedEmail'),
    requiredGroups: value('requiredGroups'),
    roles: value('roles'),
    attributes: value('attributes'),
    username: value('username'),
    syncOnLogin: value('syncOnLogin'),
  };
}

/** Whether a setting is not at its default. */
export function isChanged({ defaults }: View, values: AccountSettings, name: SettingName): boolean {
  return !isSame(values[name], defaults[name]);
}

/** What there is to save: changes that make a difference. */
export function differences({ accounts }: View, changes: Changes): Changes {
  const different = names(changes).filter((name) => {
    const { locked, source, value } = accounts[name];
    if (locked) return false;
    return changes[name] === null ? source === 'saved' : !isSame(value, changes[name]);
  });
  return Object.fromEntries(different.map((name) => [name, changes[name]]));
}

/** The changes that are left after some were saved: also what was typed while they were on their way. */
export function without(changes: Changes, saved: Changes): Changes {
  const left = names(changes).filter((name) => changes[name] !== saved[name]);
  return Object.fromEntries(left.map((name) => [name, changes[name]]));
}
