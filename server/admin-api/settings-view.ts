import { findFieldProblem } from '../accounts/profile';
import { userFields } from '../accounts/user-schema';
import { redirectUri } from '../urls';
import type { Settings } from '../settings/settings';
import { type WithSource, isFromConfigFile } from '../settings/sources';
import { ROLE, type Strapi } from '../strapi';
import type { EffectiveValue, SettingsView } from '../admin-contract';

/** The settings in force as the page shows them: no secret is in it. */
export async function settingsView(strapi: Strapi, settings: Settings): Promise<SettingsView> {
  const { enabled, problems, connection, logout, users, sources } = settings;
  const { domain, clientId, clientSecret, userPoolId, jwksUrl, callback, scope } =
    sources.connection;
  const { accounts } = sources;
  return {
    enabled,
    problems,
    connection: {
      domain: orNull(domain),
      clientId: orNull(clientId),
      clientSecret: inForce({
        ...clientSecret,
        value: typeof clientSecret.value === 'string' ? ('set' as const) : ('not-set' as const),
      }),
      userPoolId: orNull(userPoolId),
      jwksUrl: orNull(jwksUrl),
      callback: orNull(callback),
      scope: inForce(scope),
    },
    urls: { callback: redirectUri(strapi), signOut: logout.redirects },
    issuer: connection?.issuer
      ? {
          canonical: connection.issuer.canonical,
          accepted: connection.issuer.accepted,
          jwksUrl: connection.issuer.jwksUrl,
          source: sources.issuer,
        }
      : null,
    accounts: {
      linking: inForce(accounts.linking),
      requireVerifiedEmail: inForce(accounts.requireVerifiedEmail),
      requiredGroups: inForce(accounts.requiredGroups),
      roles: inForce(accounts.roles),
      attributes: inForce(accounts.attributes),
      username: inForce(accounts.username),
      syncOnLogin: inForce(accounts.syncOnLogin),
    },
    functions: (['resolveRole', 'mapProfile', 'beforeCreate'] as const).filter(
      (name) => users[name] !== undefined,
    ),
    roles: await rolesToChooseFrom(strapi),
    fields: mappableFields(strapi),
  };
}

function inForce<T>({ value, source }: WithSource<T>): EffectiveValue<T> {
  return { value, source, locked: isFromConfigFile(source) };
}

function orNull({ value, source }: WithSource<string | undefined>): EffectiveValue<string | null> {
  return inForce<string | null>({ value: value ?? null, source });
}

function mappableFields(strapi: Strapi): SettingsView['fields'] {
  const fields = userFields(strapi);
  return Object.entries(fields)
    .filter(([name]) => findFieldProblem(name, fields) === undefined)
    .map(([name, { type }]) => ({ name, type }));
}

async function rolesToChooseFrom(strapi: Strapi): Promise<SettingsView['roles']> {
  const select = ['type', 'name'];
  const roles: unknown = await strapi.db.query(ROLE).findMany({ select, orderBy: 'id' });
  return (roles as SettingsView['roles']).map(({ type, name }) => ({ type, name }));
}
