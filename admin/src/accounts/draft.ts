import type { AccountSettings, SettingsView } from '../../../server/admin-contract';

/** Name of a setting that can be changed on the page. */
export type SettingName = keyof AccountSettings;

/** What an administrator has changed and not saved. */
export type Changes = Partial<AccountSettings>;

const names = (changes: Changes) => Object.keys(changes) as SettingName[];

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The settings as they would be with the changes. A setting that is locked by now keeps its value. */
export function withChanges(accounts: SettingsView['accounts'], changes: Changes): AccountSettings {
  const value = <Name extends SettingName>(name: Name): AccountSettings[Name] => {
    const inForce = accounts[name];
    const changed = changes[name];
    return inForce.locked ? inForce.value : (changed ?? inForce.value);
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

/** What there is to save: changes that make a difference. */
export function differences(accounts: SettingsView['accounts'], changes: Changes): Changes {
  const different = names(changes).filter(
    (name) => !accounts[name].locked && !isSame(accounts[name].value, changes[name]),
  );
  return Object.fromEntries(different.map((name) => [name, changes[name]]));
}

/** The changes that are left after some were saved: also what was typed while they were on their way. */
export function without(changes: Changes, saved: Changes): Changes {
  const left = names(changes).filter((name) => changes[name] !== saved[name]);
  return Object.fromEntries(left.map((name) => [name, changes[name]]));
}
