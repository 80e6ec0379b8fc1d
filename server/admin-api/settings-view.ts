import { hasIdentities } from '../accounts/identities';
import { findFieldProblems } from '../accounts/profile';
import { userFields } from '../accounts/user-schema';
import { userPoolIdFromJwksUrl } from '../protocol/endpoints';
import { resolveFrontEndUrl } from '../settings/front-end-url';
import {
  DEFAULTS,
  PLACEHOLDER_DOMAIN,
  type ConnectionSources,
  type Settings,
} from '../settings/settings';
import { ROLE, type Strapi, userQuery } from '../strapi';
import { redirectUri, redirectUrl } from '../urls';
import type { EffectiveValue, SettingsView } from '../admin-contract';

/** The settings that apply, for the page. They contain no secret. */
export async function settingsView(strapi: Strapi, settings: Settings): Promise<SettingsView> {
  const { enabled, problems, connection, logout, users, sources } = settings;
  const { domain, clientId, clientSecret, callback, scope } = sources.connection;
  return {
    enabled,
    problems,
    everUsed: await hasIdentities(strapi),
    connection: {
      domain: orNull(domain, (value) => value === PLACEHOLDER_DOMAIN),
      clientId: orNull(clientId),
      clientSecret: {
        ...clientSecret,
        value: typeof clientSecret.value === 'string' ? 'set' : 'not-set',
      },
      userPool: userPool(sources.connection),
      // Once the provider is enabled, an admin has left the value on purpose.
      callback: orNull(callback, (value) => !enabled && isExchange(strapi, value)),
      scope,
    },
    urls: { callback: redirectUri(strapi), signOut: logout.redirects },
    issuer: connection?.issuer ? { ...connection.issuer, source: sources.issuer } : null,
    accounts: sources.accounts,
    defaults: DEFAULTS,
    functions: (['resolveRole', 'mapProfile', 'beforeCreate'] as const).filter(
      (name) => users[name] !== undefined,
    ),
    roles: await rolesToChooseFrom(strapi),
    fields: mappableFields(strapi),
  };
}

/** A value that is not set is `null`, and so is an example that users-permissions fills in. */
function orNull(
  { value, ...origin }: EffectiveValue<string | undefined>,
  isFilledIn: (value: string) => boolean = () => false,
): EffectiveValue<string | null> {
  const isSet = value !== undefined && (origin.locked || !isFilledIn(value));
  return { ...origin, value: isSet ? value : null };
}

function userPool({ userPoolId, jwksUrl }: ConnectionSources): EffectiveValue<string | null> {
  const { value } = jwksUrl;
  if (userPoolId.value !== undefined || value === undefined) return orNull(userPoolId);
  return { ...jwksUrl, value: userPoolIdFromJwksUrl(value) ?? value };
}

/** Whether a front-end URL is Strapi's own, which users-permissions fills in. */
function isExchange(strapi: Strapi, callback: string): boolean {
  const { href } = redirectUrl(strapi);
  const exchange = href.replace('/connect/', '/auth/');
  return resolveFrontEndUrl(callback, href)?.href === exchange;
}

const mappableFields = (strapi: Strapi): SettingsView['fields'] =>
  Object.entries(userFields(strapi))
    .filter(([name]) => findFieldProblems(strapi, [name]).length === 0)
    .map(([name, { type }]) => ({ name, type }));

async function rolesToChooseFrom(strapi: Strapi): Promise<SettingsView['roles']> {
  const select = ['type', 'name'];
  const roles: unknown = await userQuery(strapi, ROLE).findMany({ select, orderBy: 'id' });
  return (roles as SettingsView['roles']).map(({ type, name }) => ({ type, name }));
}
