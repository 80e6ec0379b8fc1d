import { findFieldProblems } from '../../accounts/profile';
import { findRoleProblems } from '../../accounts/roles';
import { readAdvancedSettings } from '../../accounts/user';
import { hasRoles, userFields } from '../../accounts/user-schema';
import { PROVIDER, ROLE, userQuery } from '../../strapi';
import { type Finding, finding } from '../messages';
import type { DiagnosticsRun } from '../run';

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
  if ((await findRoleProblems(strapi, [defaultRole])).length > 0) {
    return finding('registration.no-role', values);
  }
  return uniqueEmail ? finding('registration.good', values) : finding('registration.emails-shared');
}

/** Checks that the roles for Cognito groups exist, and that all users have a role. */
export async function checkRoles({ strapi, settings }: DiagnosticsRun): Promise<Finding> {
  const wanted = [...new Set(settings.users.roles.map(({ role }) => role))];
  const missing = await findRoleProblems(strapi, wanted);
  if (missing.length > 0) {
    return finding('roles.missing', { roles: missing.map(({ type }) => type).join(', ') });
  }
  const isCountable = hasRoles(strapi) && Object.hasOwn(userFields(strapi), 'provider');
  const where = { provider: PROVIDER, role: { id: { $null: true } } };
  const count = isCountable ? await userQuery(strapi).count({ where }) : 0;
  if (count > 0) return finding('roles.users-without', { count });
  return finding(wanted.length === 0 ? 'roles.none' : 'roles.good');
}

/** Checks that the fields for Cognito attributes exist. */
export function checkAttributes({ strapi, settings }: DiagnosticsRun): Finding {
  const wanted = [...new Set(settings.users.attributes.map(({ field }) => field))];
  if (wanted.length === 0) return finding('attributes.none');
  const problems = findFieldProblems(strapi, wanted);
  const list = (found: typeof problems) => found.map(({ field }) => field).join(', ');
  const unusable = problems.filter(({ kind }) => kind !== 'missing');
  if (unusable.length > 0) return finding('attributes.unusable', { fields: list(unusable) });
  return problems.length > 0
    ? finding('attributes.missing', { fields: list(problems) })
    : finding('attributes.good');
}

/** Checks what the front-end gets at the end of a login. */
export const checkHandoff = ({ settings: { handoff } }: DiagnosticsRun): Finding =>
  handoff.mode === 'tokens'
    ? finding('handoff.tokens')
    : finding('handoff.good', { ttl: handoff.ttl });
