import { isMappableType } from '../../accounts/attributes';
import { findRoleTypes } from '../../accounts/roles';
import { readAdvancedSettings } from '../../accounts/user';
import { hasRoles, userFields } from '../../accounts/user-schema';
import { isProtectedField } from '../../settings/schema';
import { PROVIDER, ROLE, type Strapi, USER } from '../../strapi';
import { type Finding, finding } from '../messages';
import type { DiagnosticsRun } from '../run';

/** Actions that a login needs, so the public role must have them. */
const NEEDED_ACTIONS = ['connect', 'callback'];
const ACTION_PREFIX = 'plugin::users-permissions.auth.';

/** Checks that the provider is enabled, and that the saved settings can be read. */
export function checkProvider({ settings }: DiagnosticsRun): Finding {
  const { enabled, problems } = settings;
  const unreadable = problems.filter(({ code }) => code === 'saved');
  if (unreadable.length > 0) {
    const messages = unreadable.map(({ message }) => message);
    return finding('provider.saved-unreadable', { problems: messages.join('; ') });
  }
  return finding(enabled ? 'provider.good' : 'provider.off');
}

/** Checks that the public role may use the login routes of users-permissions. */
export async function checkPermissions({ strapi }: DiagnosticsRun): Promise<Finding> {
  const role = (await strapi.db
    .query(ROLE)
    .findOne({ where: { type: 'public' }, populate: ['permissions'] })) as {
    permissions: { action: string }[];
  } | null;
  const allowed = new Set(role?.permissions.map(({ action }) => action));
  const missing = NEEDED_ACTIONS.filter((name) => !allowed.has(ACTION_PREFIX + name));
  return missing.length > 0
    ? finding('permissions.missing', { actions: missing.join(', ') })
    : finding('permissions.good');
}

/** Checks that new users can register. */
export async function checkRegistration({ strapi }: DiagnosticsRun): Promise<Finding> {
  const { allowRegister, defaultRole, uniqueEmail } = await readAdvancedSettings(strapi);
  if (!allowRegister) return finding('registration.off');
  const values = { role: defaultRole };
  if (!(await findRoleTypes(strapi)).has(defaultRole))
    return finding('registration.no-role', values);
  return uniqueEmail ? finding('registration.good', values) : finding('registration.emails-shared');
}

/** Checks that the roles for Cognito groups exist, and that all users have a role. */
export async function checkRoles({ strapi, settings }: DiagnosticsRun): Promise<Finding> {
  const wanted = settings.users.roles.map(({ role }) => role);
  const types = await findRoleTypes(strapi);
  const missing = wanted.filter((type) => !types.has(type));
  if (missing.length > 0) {
    return finding('roles.missing', { roles: [...new Set(missing)].join(', ') });
  }
  const count = await countUsersWithoutRole(strapi);
  if (count > 0) return finding('roles.users-without', { count });
  return finding(wanted.length === 0 ? 'roles.none' : 'roles.good');
}

async function countUsersWithoutRole(strapi: Strapi): Promise<number> {
  if (!hasRoles(strapi) || !Object.hasOwn(userFields(strapi), 'provider')) return 0;
  const where = { provider: PROVIDER, role: { id: { $null: true } } };
  return strapi.db.query(USER).count({ where });
}

/** Checks that the fields for Cognito attributes exist. */
export function checkAttributes({ strapi, settings }: DiagnosticsRun): Finding {
  const wanted = [...new Set(settings.users.attributes.map(({ field }) => field))];
  if (wanted.length === 0) return finding('attributes.none');
  const fields = userFields(strapi);
  const unusable = wanted.filter(
    (name) =>
      isProtectedField(name) ||
      (Object.hasOwn(fields, name) && !isMappableType(fields[name]?.type ?? '')),
  );
  if (unusable.length > 0) return finding('attributes.unusable', { fields: unusable.join(', ') });
  const missing = wanted.filter((name) => !Object.hasOwn(fields, name));
  return missing.length > 0
    ? finding('attributes.missing', { fields: missing.join(', ') })
    : finding('attributes.good');
}

/** Checks what the front-end gets at the end of a login. */
export function checkHandoff({ settings: { handoff } }: DiagnosticsRun): Finding {
  return handoff.mode === 'tokens'
    ? finding('handoff.tokens')
    : finding('handoff.good', { ttl: handoff.ttl });
}
